import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest } from './daemon-process.js';

const QUICK = { intensity: 1000, period: '10s', backoff: { initial: '50ms', max: '200ms' } };
const STAYS = '#!/bin/sh\nexec sleep 1000\n';

const ps = async (it: DaemonProcess, name: string) =>
  (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.find((one) => one.name === name);

const runs = (it: DaemonProcess, name: string) =>
  it.until(`${name} to run`, async () => (await ps(it, name))?.status === 'running');

/** Of the agent itself, whoever told it. */
const alertOf = (it: DaemonProcess, name: string) =>
  it.until(`an alert about ${name}`, async () => {
    const { alerts } = await it.client().get<{ alerts: Alert[] }>('/api/alerts');
    return alerts.find(({ subsystem }) => subsystem === name);
  });

test.each<[string, (path: string) => void, RegExp, (path: string) => void]>([
  [
    'a file that is not executable',
    (path) => writeFileSync(path, STAYS, { mode: 0o644 }),
    /not marked executable \(EACCES\); run chmod \+x/,
    (path) => chmodSync(path, 0o755),
  ],
  [
    'an interpreter that is not there',
    (path) => writeFileSync(path, '#!/no/such/interpreter\n', { mode: 0o755 }),
    /its interpreter '\/no\/such\/interpreter' is not \(ENOENT\)/,
    (path) => writeFileSync(path, STAYS),
  ],
])(
  'first start: %s is told by an alert and describe, and the next try after it was mended starts it',
  async (_, spoil, reason, mend) => {
    const it = daemonOfTest({
      agents: { a: { runtime: 'custom', command: ['./agent.sh'], restart: QUICK } },
    });
    const path = join(it.folder, 'agent.sh');
    spoil(path);
    await it.up();
    expect((await alertOf(it, 'a')).message).toMatch(reason);
    expect(it.cli('describe', 'a').stdout).toMatch(reason);
    expect(['pending', 'error']).toContain((await ps(it, 'a'))?.status);
    const asked = it.cli('start', 'a');
    expect([asked.status, asked.stderr]).toEqual([1, expect.stringMatching(/it is tried again/)]);
    mend(path);
    await runs(it, 'a');
  },
);

test('first start: an agent that is never restarted is not tried again, and goes on saying why', async () => {
  const it = daemonOfTest({
    agents: { a: { runtime: 'custom', command: ['./agent.sh'], restart: { policy: 'temporary' } } },
  });
  writeFileSync(join(it.folder, 'agent.sh'), STAYS, { mode: 0o644 });
  await it.up();
  await alertOf(it, 'a');
  expect(await ps(it, 'a')).toMatchObject({ status: 'error', pid: null, nextAttemptAt: null });
  expect(it.cli('describe', 'a').stdout).toMatch(/did not start: .*chmod \+x/);
});

test('first start: replicas and members of a group are tried again, too', async () => {
  const agent = { runtime: 'custom', command: ['./agent.sh'], restart: QUICK };
  const it = daemonOfTest({
    agents: {
      pool: { ...agent, replicas: 2 },
      member: agent,
      other: { ...agent, command: ['sleep', '1000'] },
    },
    groups: {
      pair: { strategy: 'one_for_all', members: ['other', 'member'], intensity: 1000, period: '10s' },
    },
  });
  const path = join(it.folder, 'agent.sh');
  writeFileSync(path, STAYS, { mode: 0o644 });
  await it.up();
  for (const name of ['pool#1', 'pool#2', 'member']) await alertOf(it, name);
  chmodSync(path, 0o755);
  for (const name of ['pool#1', 'pool#2', 'member', 'other']) await runs(it, name);
});

test('restart: a program that is gone when its agent is restarted is tried until it is back, also by another daemon', async () => {
  const it = daemonOfTest({
    agents: { a: { runtime: 'custom', command: ['./agent.sh'], restart: QUICK } },
  });
  const path = join(it.folder, 'agent.sh');
  writeFileSync(path, STAYS, { mode: 0o755 });
  await it.up();
  await runs(it, 'a');
  renameSync(path, `${path}.away`);
  const asked = it.cli('restart', 'a');
  expect([asked.status, asked.stderr]).toEqual([1, expect.stringMatching(/agent\.sh/)]);
  await it.kill('SIGKILL');
  await it.up();
  renameSync(`${path}.away`, path);
  await runs(it, 'a');
});
