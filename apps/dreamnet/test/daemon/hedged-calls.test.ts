import { createMemoryStore } from '@dreamnet/adapters';
import { createBudgets, createRedactor } from '@dreamnet/os-linker';
import { createAgentBgp } from '@dreamnet/spine';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { AgentFleet } from '../../src/daemon/agent-fleet.js';
import { createCarriedCalls } from '../../src/daemon/carried-calls.js';
import type { DaemonParts } from '../../src/daemon/parts.js';
import { createCallCounter } from '../../src/daemon/replicas/call-counter.js';
import { createRouting } from '../../src/daemon/routing.js';
import { programError } from '../../src/errors.js';

/** How long each agent works on a call, and what it says it used. It hears of being cancelled at once. */
type Behaviours = Record<string, { workMs: number; tokens?: number }>;

/** Agents that serve `work`, in the order of their names, each with a budget of 1000 tokens of which a call reserves 100. */
async function setUp(behaviours: Behaviours) {
  const clock = createFakeClock();
  const calls = createCallCounter(clock);
  const bgp = createAgentBgp({ clock, loadOf: calls.inFlight });
  const budgets = createBudgets({ store: createMemoryStore(), clock, publish: () => undefined });
  const names = Object.keys(behaviours);
  budgets.configure(
    names.map((name) => ({
      ...{ name, agents: [name], limits: { tokens: 1000, calls: 10 }, reserve: { tokens: 100 } },
      ...{ window: { kind: 'calendar', per: 'ever', timeZone: 'UTC' }, meter: 'calls' },
    })),
  );
  await budgets.open();
  const asked: string[] = [];
  const answer = (name: string, signal: AbortSignal) => {
    asked.push(name);
    const { workMs, tokens } = behaviours[name] ?? { workMs: 0 };
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => resolve({ usage: { total_tokens: tokens } }), workMs);
      signal.addEventListener('abort', () => {
        clock.clearTimeout(timer);
        reject(programError('DN_AGENT_CALLER_GONE', { name, delivered: true }));
      });
    });
  };
  const fleet = {
    namesFor: () => [],
    get: (name: string) => ({
      ...{ name, agent: name, entry: { protocol: 'http', capabilities: ['work'] } },
      session: {
        invoke: (_served: unknown, _input: unknown, { signal }: { signal: AbortSignal }) =>
          answer(name, signal),
      },
    }),
  } as unknown as AgentFleet;
  const onTrouble = (text: string) => expect.fail(text);
  const carried = createCarriedCalls({
    clock,
    identityOf: () => null,
    stallAfterMs: () => 60_000,
  });
  const parts = { bgp, clock, calls, carried, budgets, onTrouble, redactor: createRedactor() };
  const routing = createRouting(parts as unknown as DaemonParts, fleet);
  for (const provider of names)
    bgp.announce({
      ...{ capability: 'work', provider, path: [], localPreference: 1, cost: 1, health: 'ready' },
      announcedAt: 0,
    });
  const call = (isIdempotent = true) => {
    const signal = new AbortController().signal;
    return routing.call({ capability: 'work', input: {}, timeoutMs: 1000, isIdempotent, signal });
  };
  /** Of each agent: tokens and calls used, reservations that are open, calls in flight. */
  const account = () =>
    Object.fromEntries(
      names.map((name) => {
        const { measures, open } = budgets.view(name);
        return [name, [...measures.map(({ used }) => used), open, calls.inFlight(name)]];
      }),
    );
  return { clock, call, asked, account };
}

test('hedged call: the answer counts by what it says, who was cancelled by all that was reserved, and nothing stays open', async () => {
  const it = await setUp({ a: { workMs: 700, tokens: 40 }, b: { workMs: 700, tokens: 50 } });
  const outcome = it.call();
  await it.clock.advance(600);
  expect(it.asked).toEqual(['a', 'b']);
  expect(it.account()).toEqual({ a: [100, 1, 1, 1], b: [100, 1, 1, 1] });
  await it.clock.advance(100);
  expect(await outcome).toMatchObject({
    ok: true,
    provider: 'a',
    attempts: [
      { provider: 'a', ok: true, latencyMs: 700 },
      { provider: 'b', ok: false, latencyMs: 200, error: expect.stringContaining('DN_SPINE_CALL_OVERTAKEN') },
    ],
  });
  await it.clock.advance(0);
  expect(it.account()).toEqual({ a: [40, 1, 0, 0], b: [100, 1, 0, 0] });
});

test('hedged call: who is asked second and answers first wins, and the first is cancelled and paid for', async () => {
  const it = await setUp({ a: { workMs: 60_000 }, b: { workMs: 100, tokens: 50 } });
  const outcome = it.call();
  await it.clock.advance(600);
  expect(await outcome).toMatchObject({ ok: true, provider: 'b', decidedBy: 'first answer' });
  await it.clock.advance(0);
  expect(it.account()).toEqual({ a: [100, 1, 0, 0], b: [50, 1, 0, 0] });
});

test('hedged call: one that may not be done twice is asked of one agent, and only that one pays', async () => {
  const it = await setUp({ a: { workMs: 700, tokens: 40 }, b: { workMs: 0 } });
  const outcome = it.call(false);
  await it.clock.advance(700);
  expect(await outcome).toMatchObject({ ok: true, provider: 'a', attempts: [{}] });
  await it.clock.advance(0);
  expect(it.account()).toEqual({ a: [40, 1, 0, 0], b: [0, 0, 0, 0] });
});
