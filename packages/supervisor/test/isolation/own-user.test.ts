import { expect, test } from 'vitest';
import { OwnUsers } from '../../src/isolation/own-user.js';

const ACCOUNTS = 'root:x:0:0::/root:/bin/sh\nworker:x:1001:100::/home/worker:/bin/sh\n';

test('own user: a name and a number of an account give its user and group', () => {
  const users = new OwnUsers('one', () => ACCOUNTS);
  expect(users.find('worker', 'a')).toEqual({ ok: true, user: { uid: 1001, gid: 100 } });
  expect(users.find('1001', 'a')).toEqual({ ok: true, user: { uid: 1001, gid: 100 } });
  expect(users.find('4242', 'a')).toEqual({ ok: true, user: { uid: 4242, gid: 4242 } });
  expect(users.find('nobody-here', 'a')).toEqual({
    ok: false,
    problem: "there is no user 'nobody-here' on this machine",
  });
});

test('own user: dynamic ones differ from each other and from accounts, and stay the same', () => {
  const first = new OwnUsers('one', () => ACCOUNTS).find('dynamic', 'a');
  const taken = first.ok ? first.user.uid : 0;
  expect(taken).toBeGreaterThanOrEqual(61_184);
  const users = new OwnUsers('one', () => `${ACCOUNTS}x:x:${taken}:${taken}::/:/bin/sh\n`);
  const uids = Array.from({ length: 300 }, (_, at) => {
    const outcome = users.find('dynamic', at === 0 ? 'a' : `agent-${at}`);
    return outcome.ok ? outcome.user.uid : -1;
  });
  expect(new Set(uids).size).toBe(300);
  expect(uids).not.toContain(taken);
  expect(users.find('dynamic', 'a')).toEqual({ ok: true, user: { uid: uids[0], gid: uids[0] } });
});

test('own user: when every number is taken it says so', () => {
  const everything = Array.from({ length: 65_520 - 61_184 }, (_, at) => `u${at}:x:${61_184 + at}:1::/:/`);
  const outcome = new OwnUsers('one', () => everything.join('\n')).find('dynamic', 'a');
  expect(outcome.ok).toBe(false);
});
