import type { Clock, Route } from '@dreamnet/contracts';
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
const notAsked = () => Promise.reject(fail('DN_TEST_NO', { delivered: false }));
const never = () => new Promise<never>(() => undefined);

/** Does what is given after that time. */
const after =
  (ms: number, then: () => Promise<unknown>) =>
  (clock: Clock): Promise<unknown> =>
    new Promise<void>((resolve) => clock.setTimeout(resolve, ms)).then(then);

/** Providers are tried in the order of their names. */
function setUp(behaviours: Record<string, (clock: Clock) => Promise<unknown>>) {
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
  const cancelled: string[] = [];
  const invoke = ({ provider }: Route, _input: unknown, { signal }: { signal: AbortSignal }) => {
    asked.push(provider);
    signal.addEventListener('abort', () => cancelled.push(provider));
    return behaviours[provider]?.(clock) ?? never();
  };
  const call = (options: Partial<CallOptions> = {}) => bgp.call('c', { q: 1 }, { invoke, ...options });
  return { clock, bgp, call, asked, cancelled, finished };
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

test('failover: a refusal that surely never reached a provider says nothing of the next one', async () => {
  const { call, asked } = setUp({ a: notAsked, b: async () => 'B' });
  expect(await call()).toMatchObject({ ok: true, provider: 'b', decidedBy: 'failover' });
  expect(asked).toEqual(['a', 'b']);
});

test('failover: who may not be asked this time is passed over, and the next one is there by failover', async () => {
  const { call, asked } = setUp({ a: async () => 'A', b: async () => 'B' });
  const mayAsk = ({ provider }: Route) => provider !== 'a';
  expect(await call({ mayAsk })).toMatchObject({ ok: true, provider: 'b', decidedBy: 'failover' });
  expect(asked).toEqual(['b']);
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

test('failover: a candidate that was announced anew meanwhile is still one, better or worse', async () => {
  for (const change of [{ health: 'degraded' }, { cost: 9 }, { localPreference: 9 }] as const) {
    const { call, asked, bgp } = setUp({
      a: () => {
        for (const route of bgp.routesOf('b')) bgp.announce({ ...route, ...change });
        return undelivered();
      },
      b: async () => 'B',
    });
    expect(await call()).toMatchObject({ ok: true, provider: 'b', decidedBy: 'failover' });
    expect(asked).toEqual(['a', 'b']);
  }
});

test('failover: who is asked is asked by its route as it stands now', async () => {
  const { call, bgp } = setUp({ a: undelivered, b: async () => 'B' });
  const costs: number[] = [];
  const invoke = async ({ provider, cost }: Route) => {
    costs.push(cost);
    for (const route of bgp.routesOf('b')) bgp.announce({ ...route, cost: 9 });
    return provider === 'a' ? undelivered() : 'B';
  };
  expect(await call({ invoke })).toMatchObject({ ok: true, provider: 'b' });
  expect(costs).toEqual([1, 9]);
});

test('failover: who was announced anew and then withdrawn is passed over', async () => {
  const { call, asked, bgp } = setUp({
    a: () => {
      for (const route of bgp.routesOf('b')) bgp.announce({ ...route, health: 'degraded' });
      bgp.withdraw('b', 'all', 'died');
      return undelivered();
    },
    b: async () => 'B',
  });
  expect(await call()).toMatchObject({ ok: false, code: 'DN_TEST_LOST' });
  expect(asked).toEqual(['a']);
});

test('failover: a way that was withdrawn is passed over, though its provider serves by another one', async () => {
  const { call, asked, bgp } = setUp({
    a: () => {
      const [route] = bgp.routesOf('b');
      bgp.withdraw('b', 'all', 'its way is gone');
      if (route) bgp.announce({ ...route, path: ['far'] });
      return undelivered();
    },
    b: async () => 'B',
  });
  expect(await call()).toMatchObject({ ok: false, code: 'DN_TEST_LOST' });
  expect(asked).toEqual(['a']);
});

test('hedge: a standby whose health changes while the call runs is asked when it is its turn', async () => {
  for (const [was, becomes] of [
    ['ready', 'degraded'],
    ['degraded', 'ready'],
  ] as const) {
    const { call, clock, bgp, asked } = setUp({ a: never, b: async () => 'B' });
    const announce = (health: Route['health']) => {
      for (const route of bgp.routesOf('b')) bgp.announce({ ...route, health });
    };
    announce(was);
    const outcome = call({ isIdempotent: true, timeoutMs: 8000 });
    await clock.advance(1000);
    announce(becomes);
    await clock.advance(3000);
    expect(await outcome).toMatchObject({ ok: true, provider: 'b', decidedBy: 'first answer' });
    expect(asked).toEqual(['a', 'b']);
  }
});

test('deadline: a silent provider of an idempotent call leaves time for the next', async () => {
  const { call, clock } = setUp({ a: never, b: async () => 'B' });
  const outcome = call({ isIdempotent: true, timeoutMs: 1000 });
  await clock.advance(499);
  await clock.advance(1);
  expect(await outcome).toMatchObject({
    ok: true,
    provider: 'b',
    decidedBy: 'first answer',
    attempts: [
      {
        provider: 'a',
        ok: false,
        latencyMs: 500,
        error: "DN_SPINE_CALL_OVERTAKEN: 'b' answered 'c' before 'a' did, which was cancelled",
      },
      { provider: 'b', ok: true, latencyMs: 0 },
    ],
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

test('hedge: whoever answers in time without it answers with it, though others were asked as well', async () => {
  const slow = after(700, async () => 'A');
  const { call, clock, asked, cancelled, finished } = setUp({ a: slow, b: never, c: never });
  const outcome = call({ isIdempotent: true, timeoutMs: 1000 });
  await clock.advance(300);
  expect(asked).toEqual(['a']);
  await clock.advance(100);
  expect(asked).toEqual(['a', 'b']);
  await clock.advance(300);
  expect(await outcome).toMatchObject({
    ok: true,
    provider: 'a',
    output: 'A',
    decidedBy: 'id',
    attempts: [
      { provider: 'a', ok: true, latencyMs: 700 },
      { provider: 'b', ok: false, error: expect.stringContaining('DN_SPINE_CALL_OVERTAKEN') },
      { provider: 'c', ok: false, error: expect.stringContaining('DN_SPINE_CALL_OVERTAKEN') },
    ],
  });
  expect(cancelled).toEqual(['b', 'c']);
  expect(finished).toEqual([{ capability: 'c', provider: 'a', ok: true, latencyMs: 700 }]);
  expect(clock.pendingTimers).toBe(0);
});

test('hedge: a call that may not be done twice has one provider at a time and all of its deadline', async () => {
  const { call, clock, asked } = setUp({ a: after(900, async () => 'A'), b: never });
  const outcome = call({ timeoutMs: 1000 });
  await clock.advance(900);
  expect(await outcome).toMatchObject({ ok: true, provider: 'a' });
  expect(asked).toEqual(['a']);
});

test('hedge: a failure of one leaves the others to answer, and the next candidate is asked at once', async () => {
  const { call, clock, asked } = setUp({
    a: after(900, async () => 'A'),
    b: after(100, lost),
    c: never,
  });
  const outcome = call({ isIdempotent: true, timeoutMs: 1200 });
  await clock.advance(400);
  await clock.advance(100);
  expect(asked).toEqual(['a', 'b', 'c']);
  await clock.advance(400);
  expect(await outcome).toMatchObject({
    ok: true,
    provider: 'a',
    attempts: [{ ok: true }, { latencyMs: 100, error: 'DN_TEST_LOST: lost' }, { ok: false }],
  });
});

test('hedge: after a refusal nobody else is asked, and who was asked before may still answer', async () => {
  const kept = setUp({ a: after(900, async () => 'A'), b: refused, c: never });
  const outcome = kept.call({ isIdempotent: true, timeoutMs: 1200 });
  await kept.clock.advance(900);
  expect(await outcome).toMatchObject({ ok: true, provider: 'a' });
  expect(kept.asked).toEqual(['a', 'b']);
  const lostAfter = setUp({ a: after(900, lost), b: refused, c: never });
  const failed = lostAfter.call({ isIdempotent: true, timeoutMs: 1200 });
  await lostAfter.clock.advance(900);
  expect(await failed).toMatchObject({ ok: false, code: 'DN_TEST_NO', attempts: [{}, {}] });
});

test('hedge: when nobody answers, all of them end with the one deadline', async () => {
  const { call, clock, cancelled, finished } = setUp({ a: never, b: never, c: never, d: never });
  const outcome = call({ isIdempotent: true, timeoutMs: 900 });
  for (let step = 0; step < 3; step += 1) await clock.advance(300);
  const failed = await outcome;
  expect(failed).toMatchObject({ ok: false, code: 'DN_SPINE_CALL_TIMEOUT' });
  expect(failed.attempts.map(({ provider, latencyMs }) => [provider, latencyMs])).toEqual([
    ['a', 900],
    ['b', 600],
    ['c', 300],
  ]);
  expect(cancelled).toEqual(['a', 'b', 'c']);
  expect(finished).toMatchObject([{ ok: false, latencyMs: 900 }]);
  expect(clock.pendingTimers).toBe(0);
});

test('hedge: a caller who goes away ends everything that was begun', async () => {
  const cancel = new AbortController();
  const { call, clock, cancelled, asked } = setUp({ a: never, b: never, c: async () => 'C' });
  const outcome = call({ signal: cancel.signal, isIdempotent: true, timeoutMs: 900 });
  await clock.advance(300);
  cancel.abort();
  expect(await outcome).toMatchObject({ ok: false, code: 'DN_SPINE_CALL_CANCELLED', attempts: [{}, {}] });
  expect([asked, cancelled]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(clock.pendingTimers).toBe(0);
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
