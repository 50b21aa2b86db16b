import type { DreamnetError } from '@dreamnet/kit';
import { createAgentBgp } from '@dreamnet/spine';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createCallCounter } from '../../../src/daemon/replicas/call-counter.js';
import { createCallQueue } from '../../../src/daemon/replicas/call-queue.js';
import { firstOf, nextFor, takeTurn } from '../../../src/daemon/replicas/call-turn.js';
import { programError } from '../../../src/errors.js';

/** Agents that serve `work` in the order of their names, and how many calls may wait for each; undefined: it has no limit. */
function setUp(queues: Record<string, { most: number; waitMs: number } | undefined>) {
  const clock = createFakeClock();
  const calls = createCallCounter(clock);
  const bgp = createAgentBgp({ clock });
  const refusals = new Map<string, DreamnetError>();
  for (const provider of Object.keys(queues))
    bgp.announce({
      ...{ capability: 'work', provider, path: [], localPreference: 1, cost: 1, health: 'ready' },
      announcedAt: 0,
    });
  const queue = createCallQueue({
    ...{ clock, calls },
    limitOf: (capability, passedOver) => {
      const agent = firstOf(bgp.decide(capability, { isPeek: true }).candidates, passedOver) ?? '';
      const limit = queues[agent];
      return limit && { ...limit, agent, maxInFlight: 1, providers: [agent] };
    },
    isServed: (capability, passedOver) => nextFor(bgp, capability, passedOver) !== undefined,
    refusalOf: (agent) => refusals.get(agent),
  });
  const caller = new AbortController();
  const turn = (timeoutMs = 30_000) =>
    takeTurn({ queue, bgp, clock }, { capability: 'work', timeoutMs, signal: caller.signal });
  return { clock, calls, bgp, queue, caller, turn, refusals };
}

test('call turn: whose queue is full is passed over and named, and the call has its turn at the next candidate', async () => {
  const it = setUp({ a: { most: 0, waitMs: 1000 }, b: { most: 0, waitMs: 1000 }, c: undefined });
  it.calls.begin('a');
  it.calls.begin('b');
  const turn = await it.turn();
  expect(turn).toMatchObject({
    ok: true,
    refused: [
      {
        provider: 'a',
        ok: false,
        error: expect.stringMatching(/^DN_AGENT_QUEUE_FULL: 'a' works on as many/),
      },
      { provider: 'b', ok: false, error: expect.stringContaining('DN_AGENT_QUEUE_FULL') },
    ],
  });
  expect(turn.ok && [...turn.passedOver]).toEqual(['a', 'b']);
});

test('call turn: who has no room in time is passed over while the call has time left', async () => {
  const it = setUp({ a: { most: 1, waitMs: 1000 }, b: undefined });
  it.calls.begin('a');
  const turn = it.turn(3000);
  const short = it.turn(1000);
  await it.clock.advance(1000);
  expect(await turn).toMatchObject({
    ok: true,
    waitedMs: 1000,
    refused: [{ provider: 'a', latencyMs: 1000 }],
  });
  expect(await short).toMatchObject({ ok: true, waitedMs: 0, refused: [{ provider: 'a', latencyMs: 0 }] });
  const late = it.turn(1000);
  await it.clock.advance(1000);
  expect(await late).toMatchObject({
    ok: false,
    outcome: { code: 'DN_AGENT_QUEUE_LATE', attempts: [{ provider: 'a', latencyMs: 1000 }] },
  });
});

test('call turn: when nobody has room the outcome names everybody', async () => {
  const it = setUp({ a: { most: 0, waitMs: 1000 }, b: { most: 0, waitMs: 1000 } });
  it.calls.begin('a');
  it.calls.begin('b');
  expect(await it.turn()).toMatchObject({
    ok: false,
    outcome: { ok: false, code: 'DN_AGENT_QUEUE_FULL', attempts: [{ provider: 'a' }, { provider: 'b' }] },
  });
});

test('call turn: at the next candidate it waits as any call, also while that one does not serve', async () => {
  const it = setUp({ a: { most: 0, waitMs: 1000 }, b: { most: 1, waitMs: 1000 } });
  it.calls.begin('a');
  const over = it.calls.begin('b');
  const turn = it.turn();
  await it.clock.advance(100);
  const [route] = it.bgp.routesOf('b');
  it.bgp.withdraw('b', 'all', 'its process ended');
  over();
  it.queue.ended('b');
  await it.clock.advance(100);
  expect(it.queue.waiting('b')).toBe(1);
  if (route) it.bgp.announce(route);
  it.queue.changed();
  expect(await turn).toMatchObject({ ok: true, waitedMs: 200, refused: [{ provider: 'a' }] });
});

test('call turn: whoever called and went away is not brought to anybody else', async () => {
  const it = setUp({ a: { most: 1, waitMs: 1000 }, b: undefined });
  it.calls.begin('a');
  const turn = it.turn();
  await it.clock.advance(100);
  it.caller.abort();
  expect(await turn).toMatchObject({
    ok: false,
    outcome: { code: 'DN_AGENT_CALLER_GONE', attempts: [{ provider: 'a' }] },
  });
});

test('call turn: who waits for an agent that is stopped meanwhile goes on to the next candidate; without one it is told why', async () => {
  const it = setUp({ a: { most: 9, waitMs: 9000 }, b: { most: 9, waitMs: 9000 } });
  it.calls.begin('a');
  it.calls.begin('b');
  const turn = it.turn();
  await it.clock.advance(100);
  const refuse = (name: string) =>
    it.refusals.set(
      name,
      programError('DN_AGENT_NOT_RUNNING', { name, because: 'stopped', delivered: false }),
    );
  refuse('a');
  it.queue.changed();
  await it.clock.advance(100);
  expect([it.queue.waiting('a'), it.queue.waiting('b')]).toEqual([0, 1]);
  refuse('b');
  it.queue.changed();
  expect(await turn).toMatchObject({
    ok: false,
    outcome: { code: 'DN_AGENT_NOT_RUNNING', attempts: [{ provider: 'a' }, { provider: 'b' }] },
  });
});
