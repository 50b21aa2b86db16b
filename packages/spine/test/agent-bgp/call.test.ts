import type { Route } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type CallOptions, createAgentBgp } from '../../src/index.js';

const fail = createErrors({
  DN_TEST_LOST: { template: 'lost', httpStatus: 502, isRetryable: true },
  DN_TEST_NO: { template: 'no', httpStatus: 400, isRetryable: false },
});

const lost = () => Promise.reject(fail('DN_TEST_LOST', { delivered: true }));
const undelivered = () => Promise.reject(fail('DN_TEST_LOST', { delivered: false }));
const refused = () => Promise.reject(fail('DN_TEST_NO', { delivered: true }));
const never = () => new Promise<never>(() => undefined);

/** Providers are tried in the order of their names. */
function setUp(behaviours: Record<string, () => Promise<unknown>>) {
  const clock = createFakeClock();
  const finished: unknown[] = [];
  const bgp = createAgentBgp({
    clock,
    publish: (type, _subject, data) => {
      if (type === 'call.finished') finished.push(data);
    },
  });
  const common = {
    capability: 'c',
    path: [],
    localPreference: 1,
    cost: 1,
    health: 'ready',
    announcedAt: 0,
  } as const;
  for (const provider of Object.keys(behaviours)) bgp.announce({ ...common, provider });
  const asked: string[] = [];
  const invoke = ({ provider }: Route) => {
    asked.push(provider);
    return behaviours[provider]?.() ?? never();
  };
  const call = (options: Partial<CallOptions> = {}) => bgp.call('c', { q: 1 }, { invoke, ...options });
  return { clock, bgp, call, asked, finished };
}

test('call: the best provider answers, and how it was chosen is told', async () => {
  const { call, finished } = setUp({ a: async () => 'A', b: async () => 'B' });
  expect(await call()).toMatchObject({
    ok: true,
    provider: 'a',
    output: 'A',
    decidedBy: 'id',
    attempts: [{ provider: 'a', ok: true }],
  });
  expect(finished).toEqual([{ capability: 'c', provider: 'a', ok: true, latencyMs: 0 }]);
});

test('failover: what surely did not arrive is tried elsewhere, idempotent or not', async () => {
  const { call, asked } = setUp({ a: undelivered, b: async () => 'B' });
  expect(await call()).toMatchObject({
    ok: true,
    provider: 'b',
    decidedBy: 'failover',
    attempts: [{ provider: 'a', ok: false, error: 'DN_TEST_LOST: lost' }, { provider: 'b' }],
  });
  expect(asked).toEqual(['a', 'b']);
});

test('failover: what may have arrived is repeated only when that does no harm', async () => {
  const careful = setUp({ a: lost, b: async () => 'B' });
  expect(await careful.call()).toMatchObject({
    ok: false,
    code: 'DN_TEST_LOST',
    attempts: [{ provider: 'a' }],
  });
  expect(careful.asked).toEqual(['a']);
  const free = setUp({ a: lost, b: async () => 'B' });
  expect(await free.call({ isIdempotent: true })).toMatchObject({ ok: true, provider: 'b' });
});

test('failover: a refusal and an unknown throw end the call', async () => {
  const answered = setUp({ a: refused, b: async () => 'B' });
  expect(await answered.call({ isIdempotent: true })).toMatchObject({ ok: false, code: 'DN_TEST_NO' });
  const broken = setUp({
    a: () => {
      throw new TypeError('bug');
    },
    b: async () => 'B',
  });
  expect(await broken.call({ isIdempotent: true })).toMatchObject({ ok: false, code: 'DN_KIT_UNEXPECTED' });
});

test('failover: no more attempts than allowed', async () => {
  const { call, asked } = setUp({ a: undelivered, b: undelivered, c: undelivered, d: async () => 'D' });
  expect(await call()).toMatchObject({ ok: false, code: 'DN_TEST_LOST' });
  expect(asked).toEqual(['a', 'b', 'c']);
});

test('failover: a candidate withdrawn meanwhile is passed over', async () => {
  const { call, asked, bgp } = setUp({
    a: () => {
      bgp.withdraw('b', 'all', 'died');
      return undelivered();
    },
    b: async () => 'B',
    c: async () => 'C',
  });
  expect(await call()).toMatchObject({ ok: true, provider: 'c' });
  expect(asked).toEqual(['a', 'c']);
});

test('deadline: a silent provider of an idempotent call leaves time for the next', async () => {
  const { call, clock } = setUp({ a: never, b: async () => 'B' });
  const outcome = call({ isIdempotent: true, timeoutMs: 1000 });
  await clock.advance(500);
  expect(await outcome).toMatchObject({
    ok: true,
    provider: 'b',
    attempts: [{ provider: 'a', latencyMs: 500 }, { provider: 'b' }],
  });
  expect(clock.pendingTimers).toBe(0);
});

test('deadline: holds for all attempts together, even if invoke ignores its signal', async () => {
  const { call, clock, finished } = setUp({ a: never, b: never });
  const outcome = call({ timeoutMs: 1000 });
  await clock.advance(1000);
  expect(await outcome).toMatchObject({
    ok: false,
    code: 'DN_SPINE_CALL_TIMEOUT',
    message: "No answer from 'a' for 'c' within 1000 ms",
    attempts: [{ provider: 'a' }],
  });
  expect(finished).toMatchObject([{ ok: false, provider: 'a', latencyMs: 1000 }]);
});

test('cancel: ends the call at once and tries nobody else', async () => {
  const cancel = new AbortController();
  const { call, asked } = setUp({ a: never, b: async () => 'B' });
  const outcome = call({ signal: cancel.signal, isIdempotent: true });
  cancel.abort();
  expect(await outcome).toMatchObject({ ok: false, code: 'DN_SPINE_CALL_CANCELLED' });
  expect(asked.length).toBeLessThanOrEqual(1);
  expect(await call({ signal: cancel.signal })).toMatchObject({
    ok: false,
    code: 'DN_SPINE_CALL_CANCELLED',
    attempts: [],
  });
});

test('no route: the outcome names who served it and why not now', async () => {
  const { bgp, call, finished } = setUp({ a: async () => 'A' });
  bgp.withdraw('a', 'all', 'no answer within 1000 ms');
  expect(await call()).toEqual({
    ok: false,
    code: 'DN_SPINE_NO_ROUTE',
    message: "Nobody serves 'c' now (a: no answer within 1000 ms)",
    attempts: [],
  });
  expect(finished).toMatchObject([{ provider: null, ok: false }]);
});
