import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';
import { Agent, dyingStore, stagesOf, startFleet, storedRemedies } from './fleet.js';

/** One agent hangs, is restarted and verified; the program dies on the way and another one takes over. */
async function dieAt(commit: number, isOnDisk: boolean) {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store, revive, commits } = dyingStore(commit, isOnDisk);
  // Loading takes no commit, so a program that dies at its first one has started all the same.
  const first = await startFleet([agent], { clock, store });
  agent.isAnswering = false;
  await clock.advance(10_000);
  const hasDied = commits() >= commit;
  const restartsBefore = agent.restarts.length;
  const second = await startFleet([agent], { clock, store: revive() });
  await clock.advance(40_000);
  const result = {
    hasDied,
    restartsBefore,
    restarts: agent.restarts.length,
    isAnswering: agent.isAnswering,
    incidents: second.core.incidents(),
    remedies: second.core.recoveryActions(),
    audit: await second.core.audit.verify(),
  };
  await second.core.stop();
  await Promise.race([first.core.stop(), Promise.resolve()]);
  return result;
}

test('resume: whichever commit the program dies at, the agent is restarted at most once and nothing is left half done', async () => {
  let tried = 0;
  for (const isOnDisk of [true, false]) {
    for (let commit = 1; commit <= 40; commit += 1) {
      const result = await dieAt(commit, isOnDisk);
      if (!result.hasDied) break;
      tried += 1;
      const place = `commit ${commit}, on disk: ${isOnDisk}`;
      expect(result.restarts, place).toBeLessThanOrEqual(1);
      expect(result.audit, place).toMatchObject({ ok: true });
      const unfinished = result.remedies.filter(({ finishedAt }) => finishedAt === undefined);
      expect(unfinished, place).toEqual([]);
      const open = result.incidents.filter(({ state }) => state === 'open');
      if (result.isAnswering) expect(open, place).toEqual([]);
      else expect(open.flatMap(stagesOf), place).toContain('escalated');
      for (const { state } of result.remedies)
        if (state === 'succeeded') expect(result.isAnswering, place).toBe(true);
    }
  }
  // Fewer would mean that the scenario has become too short to say anything.
  expect(tried).toBeGreaterThan(12);
});

test('resume: an action that had begun is not carried out again, verification decides', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const first = await startFleet([agent], { clock, store });
  agent.isAnswering = false;
  agent.onRestart = () => new Promise(() => undefined) as never;
  agent.restart = async (reason) => {
    agent.restarts.push(reason);
    return new Promise(() => undefined);
  };
  await clock.advance(1_000);
  expect((await storedRemedies(store))[0]?.state).toBe('executing');
  void first.core.stop();
  agent.bringUp();
  const second = await startFleet([agent], { clock, store });
  await clock.advance(3_000);
  expect(agent.restarts).toHaveLength(1);
  expect(second.core.recoveryActions()[0]?.state).toBe('succeeded');
  expect(second.core.incidents()[0]?.state).toBe('resolved');
  await second.core.stop();
});

test('resume: an approval asked for survives and can be given to the next program', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const policy = { default: 'propose' } as const;
  const first = await startFleet([agent], { clock, store, policy });
  agent.isAnswering = false;
  await clock.advance(1_000);
  await first.core.stop();
  const second = await startFleet([agent], { clock, store, policy });
  const [waiting] = second.core.recoveryActions();
  expect(waiting?.state).toBe('needs_approval');
  expect(second.core.approve(waiting?.id ?? '', 'ada')).toMatchObject({ ok: true, state: 'approved' });
  await clock.advance(3_000);
  expect(agent.restarts).toHaveLength(1);
  expect(second.core.recoveryActions()).toHaveLength(1);
  expect(second.core.recoveryActions()[0]).toMatchObject({ state: 'succeeded', decidedBy: 'ada' });
  await second.core.stop();
});

test('resume: an approval that became void while the program was away is expired, not executed', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const policy = { default: 'propose', approvalTtlMs: 60_000 } as const;
  const first = await startFleet([agent], { clock, store, policy });
  agent.isAnswering = false;
  await clock.advance(1_000);
  const id = first.core.recoveryActions()[0]?.id ?? '';
  await first.core.stop();
  await clock.advance(120_000);
  const second = await startFleet([agent], { clock, store, policy });
  expect(second.core.approve(id, 'ada')).toMatchObject({ ok: false });
  expect(second.core.recoveryActions().find((remedy) => remedy.id === id)?.state).toBe('expired');
  expect(agent.restarts).toEqual([]);
  await second.core.stop();
});

test('resume: what recovered while nobody looked is not touched', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const first = await startFleet([agent], { clock, store, policy: { default: 'off' } });
  agent.isAnswering = false;
  await clock.advance(1_000);
  expect(first.core.incidents()[0]?.state).toBe('open');
  await first.core.stop();
  agent.isAnswering = true;
  const second = await startFleet([agent], { clock, store });
  await clock.advance(5_000);
  expect(agent.restarts).toEqual([]);
  expect(second.core.incidents()[0]?.state).toBe('resolved');
  await second.core.stop();
});

test('resume: a verification for a subsystem that never comes back ends as failed, and says so', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const first = await startFleet([agent], { clock, store });
  agent.isAnswering = false;
  agent.onRestart = () => undefined;
  await clock.advance(1_000);
  expect((await storedRemedies(store))[0]?.state).toBe('verifying');
  await first.core.stop();
  const second = createDreamNetOSCore({ clock, store });
  await second.start();
  await clock.advance(90_000);
  expect(second.recoveryActions()[0]).toMatchObject({ state: 'failed' });
  await second.stop();
});

test('resume: nothing is carried out whose intent could not be stored', async () => {
  const agent = new Agent('coder');
  const { store, state } = createTestStore();
  const { clock, core } = await startFleet([agent], { store });
  agent.isAnswering = false;
  state.isBroken = true;
  await clock.advance(5_000);
  expect(agent.restarts).toEqual([]);
  expect(core.recoveryActions().every(({ state: is }) => is !== 'succeeded' && is !== 'verifying')).toBe(
    true,
  );
  await core.stop();
});

test('resume: what a full disk held up is carried out once when there is room again', async () => {
  const agent = new Agent('coder');
  const { store, state } = createTestStore();
  const { clock, core } = await startFleet([agent], { store });
  agent.isAnswering = false;
  state.isBroken = true;
  await clock.advance(30_000);
  expect(agent.restarts).toEqual([]);
  state.isBroken = false;
  await clock.advance(10_000);
  expect(agent.restarts).toHaveLength(1);
  expect(core.recoveryActions()).toMatchObject([{ state: 'succeeded' }]);
  expect(core.incidents()).toMatchObject([{ state: 'resolved' }]);
  await core.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('resume: what mended itself while the disk was full is not touched afterwards', async () => {
  const agent = new Agent('coder');
  const { store, state } = createTestStore();
  const { clock, core } = await startFleet([agent], { store });
  agent.isAnswering = false;
  state.isBroken = true;
  await clock.advance(10_000);
  agent.isAnswering = true;
  await clock.advance(10_000);
  state.isBroken = false;
  await clock.advance(10_000);
  expect(agent.restarts).toEqual([]);
  expect(core.incidents()).toMatchObject([{ state: 'resolved' }]);
  await core.stop();
});

test('resume: what was approved and never begun is carried out once, unless it answers by now', async () => {
  for (const hasRecovered of [true, false]) {
    const clock = createFakeClock();
    const agent = new Agent('coder');
    const { store } = createTestStore();
    const policy = { default: 'propose' } as const;
    const first = await startFleet([agent], { clock, store, policy });
    agent.isAnswering = false;
    await clock.advance(1_000);
    await first.core.stop();
    const [asked] = await storedRemedies(store);
    const value = { ...asked, state: 'approved', decidedBy: 'ada' };
    await store.commit([{ op: 'put', collection: 'remedies', key: asked?.id ?? '', value }]);
    agent.isAnswering = hasRecovered;
    const second = await startFleet([agent], { clock, store, policy });
    await clock.advance(10_000);
    expect(agent.restarts).toHaveLength(hasRecovered ? 0 : 1);
    expect(second.core.recoveryActions().map(({ state }) => state)).toEqual([
      hasRecovered ? 'superseded' : 'succeeded',
    ]);
    expect(second.core.incidents()[0]?.state).toBe('resolved');
    await second.core.stop();
  }
});
