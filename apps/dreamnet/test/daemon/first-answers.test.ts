import { createAgentBgp } from '@dreamnet/spine';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { AgentFleet } from '../../src/daemon/agent-fleet.js';
import { createFirstAnswers } from '../../src/daemon/first-answers.js';
import type { DaemonParts } from '../../src/daemon/parts.js';

/** An agent that serves `x`, with a process, of which so much is known. */
function setUp(readiness: string, { hasProcess = true } = {}) {
  const clock = createFakeClock();
  const bgp = createAgentBgp({ clock });
  const known = { readiness, isStopped: false, isFrozen: false };
  const parts = {
    ...{ clock, bgp },
    core: { health: () => ({ axes: { readiness: { state: known.readiness } } }) },
    budgets: { frozen: () => (known.isFrozen ? {} : undefined) },
    supervisor: { get: () => (hasProcess ? { identity: { pid: 1 } } : {}) },
  } as unknown as DaemonParts;
  const fleet = {
    ...{ namesFor: () => ['a'], idsOf: () => ['a'] },
    isStopped: () => known.isStopped,
  } as unknown as AgentFleet;
  const announce = () =>
    bgp.announce({
      ...{ capability: 'x', provider: 'a', path: [], localPreference: 1, cost: 1 },
      ...{ health: 'ready', announcedAt: 0 },
    });
  const firstAnswers = createFirstAnswers(parts, fleet);
  const caller = new AbortController();
  const waited: number[] = [];
  const call = (timeoutMs = 30_000) =>
    void firstAnswers
      .wait({ capability: 'x', timeoutMs, signal: caller.signal })
      .then((ms) => waited.push(ms));
  return { clock, known, announce, firstAnswers, caller, waited, call };
}

test('first answers: a call waits until the process that nobody has heard yet is routed to', async () => {
  const { clock, announce, firstAnswers, waited, call } = setUp('unknown');
  call();
  await clock.advance(300);
  firstAnswers.changed();
  await clock.advance(0);
  expect(waited).toEqual([]);
  announce();
  firstAnswers.changed();
  await clock.advance(0);
  expect(waited).toEqual([300]);
});

test('first answers: nobody waits for who is known not to serve, who has no process, or where there is a route', async () => {
  const known = setUp('not_ready');
  const none = setUp('unknown', { hasProcess: false });
  const routed = setUp('unknown');
  routed.announce();
  for (const { clock, call, waited } of [known, none, routed]) {
    call();
    await clock.advance(0);
    expect(waited).toEqual([0]);
  }
});

test('first answers: what turns out not to serve, the caller who leaves, the end and the limit each end the wait', async () => {
  const condemned = setUp('unknown');
  condemned.call();
  condemned.known.readiness = 'not_ready';
  condemned.firstAnswers.changed();
  const left = setUp('unknown');
  left.call();
  left.caller.abort();
  const stopped = setUp('unknown');
  stopped.call();
  stopped.firstAnswers.stop();
  const limited = setUp('unknown');
  limited.call();
  limited.call(500);
  for (const { clock, waited } of [condemned, left, stopped]) {
    await clock.advance(0);
    expect(waited).toEqual([0]);
  }
  await limited.clock.advance(2000);
  expect(limited.waited).toEqual([500, 2000]);
});

test('first answers: who is stopped or frozen meanwhile is not waited for any more', async () => {
  for (const end of [{ isStopped: true }, { isFrozen: true }]) {
    const it = setUp('unknown');
    it.call();
    await it.clock.advance(100);
    Object.assign(it.known, end);
    it.firstAnswers.changed();
    await it.clock.advance(0);
    expect(it.waited).toEqual([100]);
  }
});
