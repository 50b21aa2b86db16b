import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';
import { Agent, stagesOf, startFleet } from './fleet.js';

const HOUR = 3_600_000;

/** A started core with one of each: a sender of heartbeats, one that is asked, one that is in error. */
async function createFleet() {
  const inner = createFakeClock();
  const stall = { ms: 0 };
  const clock = { ...inner, monotonic: () => inner.monotonic() + stall.ms };
  const core = createDreamNetOSCore({ clock, random: () => 0.5, policy: { default: 'off' } });
  const notified: string[] = [];
  core.subscribe(({ type, subject }) => {
    if (type.startsWith('alert.')) notified.push(`${type} ${subject}`);
  });
  let seq = 0;
  const beat = () => {
    seq += 1;
    return core.heartbeat({ subsystem: 'sender', status: 'ok', seq, at: clock.now(), ttlMs: 10_000 });
  };
  core.watch('sender', {});
  core.watch('asked', { probe: async () => ({ ok: true, reason: 'pong' }) });
  core.watch('broken', { status: () => ({ status: 'error', details: 'the disk is gone' }) });
  await core.start();
  const live = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      beat();
      await inner.advance(1000);
    }
  };
  await live(30);
  const words = () =>
    Object.fromEntries(core.getSnapshot().subsystems.map(({ name, status }) => [name, status]));
  return { clock: inner, stall, core, notified, live, words, beat };
}

const SOUND = { sender: 'ok', asked: 'ok', broken: 'error' };

test('clock trouble: the wall clock set hours forward or back raises nothing, clears nothing, refuses nothing', async () => {
  for (const jumpMs of [3 * HOUR, -3 * HOUR, 30 * 24 * HOUR]) {
    const { clock, core, notified, live, words, beat } = await createFleet();
    const before = [...notified];
    const alerts = core.getActiveAlerts().map(({ id }) => id);
    expect(alerts).toHaveLength(1);
    clock.jump(jumpMs);
    expect(beat()).toEqual({ accepted: true });
    await live(60);
    clock.jump(-jumpMs);
    expect(beat()).toEqual({ accepted: true });
    await live(60);
    expect(words()).toEqual(SOUND);
    expect(notified).toEqual(before);
    expect(core.getActiveAlerts().map(({ id }) => id)).toEqual(alerts);
    await core.stop();
  }
});

test('clock trouble: a machine that slept for hours blames nobody for the silence', async () => {
  const { clock, stall, core, notified, live, words } = await createFleet();
  const before = [...notified];
  // Timers stood still with everything else; both clocks are hours on when it wakes.
  stall.ms += 5 * HOUR;
  clock.jump(5 * HOUR);
  await clock.advance(500);
  await live(60);
  expect(words()).toEqual(SOUND);
  expect(notified).toEqual(before);
  await core.stop();
});

test('clock trouble: one that really falls silent is found all the same while the wall clock jumps', async () => {
  const { clock, core, words } = await createFleet();
  for (let second = 0; second < 15; second += 1) {
    clock.jump(second % 2 === 0 ? -HOUR : HOUR);
    await clock.advance(1000);
  }
  expect(words()).toEqual({ ...SOUND, sender: 'error' });
  expect(core.getActiveAlerts().map(({ subsystem }) => subsystem)).toEqual(
    expect.arrayContaining(['broken', 'sender']),
  );
  await core.stop();
});

test('clock trouble: a recovery under way ends as soon as without it when the wall clock is set back or forward', async () => {
  for (const jumpMs of [-3 * HOUR, 3 * HOUR]) {
    const agent = new Agent('coder');
    const { clock, core } = await startFleet([agent]);
    agent.isAnswering = false;
    await clock.advance(600);
    expect(core.incidents().map(({ state }) => state)).toEqual(['open']);
    clock.jump(jumpMs);
    await clock.advance(30_000);
    expect(core.incidents().map(({ state }) => state)).toEqual(['resolved']);
    expect(agent.restarts).toHaveLength(1);
    await core.stop();
  }
});

test('clock trouble: an incident whose repair was verified is over soon, and a new fault is another one, when the wall clock is set then', async () => {
  for (const jumpMs of [-HOUR, HOUR]) {
    const agent = new Agent('coder');
    const { clock, core } = await startFleet([agent]);
    agent.isAnswering = false;
    for (let step = 0; step < 400 && !stagesOf(core.incidents()[0]).includes('verified'); step += 1)
      await clock.advance(50);
    clock.jump(jumpMs);
    await clock.advance(3000);
    expect(core.incidents().map(({ state }) => state)).toEqual(['resolved']);
    agent.isAnswering = false;
    await clock.advance(20_000);
    expect(core.incidents().map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    await core.stop();
  }
});

test('clock trouble: a supervisor that starts anew after the wall clock was set has mended what it mended', async () => {
  for (const jumpMs of [-HOUR, HOUR]) {
    const agent = new Agent('coder');
    const { clock, core } = await startFleet([agent]);
    core.signal(agent.exit(clock, { by: 'supervisor', attempt: 1, nextAttemptAt: clock.now() + 1000 }));
    await clock.advance(500);
    clock.jump(jumpMs);
    await clock.advance(500);
    agent.bringUp();
    core.signal(agent.alive(clock));
    await clock.advance(60_000);
    expect(core.recoveryActions().map(({ state }) => state)).toEqual(['succeeded']);
    expect(core.incidents().map(({ state }) => state)).toEqual(['resolved']);
    await core.stop();
  }
});

test('clock trouble: a restart of the supervisor that an earlier program followed is verified soon when the clock was set back in between', async () => {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const { store } = createTestStore();
  const first = await startFleet([agent], { clock, store });
  const nextAttemptAt = clock.now() + 1000;
  first.core.signal(agent.exit(clock, { by: 'supervisor', attempt: 1, nextAttemptAt }));
  await clock.advance(500);
  await first.core.stop();
  clock.jump(-HOUR);
  agent.bringUp();
  const second = await startFleet([agent], { clock, store });
  second.core.signal(agent.alive(clock));
  await clock.advance(20_000);
  expect(second.core.recoveryActions().map(({ state }) => state)).toEqual(['succeeded']);
  expect(second.core.incidents().map(({ state }) => state)).toEqual(['resolved']);
  await second.core.stop();
});
