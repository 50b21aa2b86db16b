import type { Store, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type AlertRule, createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';

const MINUTE = 60_000;
const NO_BACKUP: AlertRule = {
  name: 'no-backup',
  trigger: { on: 'absence', metric: 'backup.done', afterMs: 65 * MINUTE },
  select: { subsystems: ['job'] },
  severity: 'critical',
};

/** One program after another on the same disk. Between them nobody listens. */
function createMachine(rules: readonly AlertRule[], job: Subsystem = {}) {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 12));
  const { store } = createTestStore();
  let puts = 0;
  const start = async () => {
    let isCut = false;
    const disk: Store = {
      ...store,
      commit: async (writes) => {
        if (isCut) return;
        puts += writes.filter(
          (one) => one.op === 'put' && one.collection === 'heard' && one.key !== 'time',
        ).length;
        await store.commit(writes);
      },
    };
    const core = createDreamNetOSCore({ clock, store: disk, rules, policy: { default: 'off' } });
    await core.start();
    core.watch('job', job);
    core.run({ job });
    const firing = () => core.getActiveAlerts().map(({ labels }) => labels.rule);
    const report = (metrics?: Record<string, number>) =>
      core.heartbeat({ subsystem: 'job', status: 'ok', isIrregular: true, ...(metrics ? { metrics } : {}) });
    /** What is written from here on is lost, as with `kill -9`. */
    const crash = async () => {
      isCut = true;
      await core.stop();
    };
    return { core, firing, report, crash, stop: core.stop };
  };
  return { clock, start, puts: () => puts };
}

type Machine = ReturnType<typeof createMachine>;

/** Lives of a quarter of an hour each, until the alert is there. @returns minutes listened until then, from the second life on */
async function minutesUntilFiring(machine: Machine, rule: string, end: 'stop' | 'crash'): Promise<number> {
  const { clock, start } = machine;
  for (let minutes = 0; minutes < 120; ) {
    const life = await start();
    for (let minute = 0; minute < 15; minute += 1) {
      await clock.advance(MINUTE);
      minutes += 1;
      if (!life.firing().includes(rule)) continue;
      await life.stop();
      return minutes;
    }
    await life[end]();
    await clock.advance(10_000);
  }
  return Number.NaN;
}

const RULES: readonly { what: string; rule: AlertRule; metrics: Record<string, number> | undefined }[] = [
  { what: 'of a metric of a named subsystem', rule: NO_BACKUP, metrics: { 'backup.done': 1 } },
  {
    what: 'of a metric that was heard once',
    rule: { name: NO_BACKUP.name, trigger: NO_BACKUP.trigger, severity: 'critical' },
    metrics: { 'backup.done': 1 },
  },
  {
    what: 'of any sign of life',
    rule: { ...NO_BACKUP, trigger: { on: 'absence', afterMs: 65 * MINUTE } },
    metrics: undefined,
  },
];

for (const { what, rule, metrics } of RULES)
  for (const end of ['stop', 'crash'] as const)
    test(`silence: an absence ${what} is found although the program starts anew every quarter of an hour (${end})`, async () => {
      const machine = createMachine([rule]);
      const first = await machine.start();
      first.report(metrics);
      await machine.clock.advance(5 * MINUTE);
      await first[end]();
      const minutes = await minutesUntilFiring(machine, 'no-backup', end);
      expect(minutes).toBeGreaterThanOrEqual(60);
      // A crash takes back up to a minute of each of five lives.
      expect(minutes).toBeLessThanOrEqual(end === 'stop' ? 61 : 66);
      const again = await machine.start();
      expect(again.firing()).toContain('no-backup');
      again.report(metrics);
      await machine.clock.advance(MINUTE);
      expect(again.firing()).not.toContain('no-backup');
      await again.stop();
    });

test('silence: heartbeats with a long time to live are missed although the program starts anew every quarter of an hour', async () => {
  const machine = createMachine([], { manifest: { heartbeat: { ttlMs: 65 * MINUTE } } });
  const first = await machine.start();
  first.report();
  await machine.clock.advance(5 * MINUTE);
  await first.stop();
  const minutes = await minutesUntilFiring(machine, 'heartbeat_missing', 'stop');
  expect(minutes).toBeGreaterThanOrEqual(60);
  expect(minutes).toBeLessThanOrEqual(61);
});

test('silence: the time for which nobody listened counts as nobody’s silence, and nobody is missed at once after it', async () => {
  const { clock, start } = createMachine([NO_BACKUP]);
  const first = await start();
  first.report({ 'backup.done': 1 });
  await clock.advance(64 * MINUTE);
  expect(first.firing()).toEqual([]);
  await first.stop();
  await clock.advance(4320 * MINUTE);
  const second = await start();
  // One minute is left of it, and whoever reports gets five.
  await clock.advance(5 * MINUTE - 1000);
  expect(second.firing()).toEqual([]);
  await clock.advance(2000);
  expect(second.firing()).toEqual(['no-backup']);
  await second.stop();
});

test('silence: who may be silent for less than five minutes is waited for anew after a start', async () => {
  const { clock, start } = createMachine([
    { ...NO_BACKUP, trigger: { on: 'absence', metric: 'backup.done', afterMs: 30_000 } },
  ]);
  const first = await start();
  first.report({ 'backup.done': 1 });
  await clock.advance(29_000);
  await first.stop();
  const second = await start();
  await clock.advance(29_000);
  expect(second.firing()).toEqual([]);
  await clock.advance(2000);
  expect(second.firing()).toEqual(['no-backup']);
  await second.stop();
});

test('silence: setting the wall clock, also between two lives, neither raises an alert nor puts one off', async () => {
  const { clock, start } = createMachine([NO_BACKUP]);
  const first = await start();
  first.report({ 'backup.done': 1 });
  await clock.advance(45 * MINUTE);
  await first.stop();
  clock.jump(60_000 * MINUTE);
  const second = await start();
  await clock.advance(6 * MINUTE);
  expect(second.firing()).toEqual([]);
  clock.jump(-120_000 * MINUTE);
  await second.stop();
  const third = await start();
  await clock.advance(13 * MINUTE);
  expect(third.firing()).toEqual([]);
  await clock.advance(2 * MINUTE);
  expect(third.firing()).toEqual(['no-backup']);
  await third.stop();
});

test('silence: a value that stopped coming keeps its alert for five minutes, however often the program starts anew', async () => {
  const { clock, start } = createMachine([
    {
      name: 'queue-long',
      trigger: { on: 'metric', metric: 'queue', when: { operator: '>', threshold: 100 } },
      severity: 'warning',
    },
  ]);
  const first = await start();
  first.report({ queue: 200 });
  await clock.advance(2 * MINUTE);
  await first.stop();
  const second = await start();
  await clock.advance(2 * MINUTE);
  expect(second.firing()).toEqual(['queue-long']);
  await second.stop();
  const third = await start();
  await clock.advance(MINUTE - 1000);
  expect(third.firing()).toEqual(['queue-long']);
  await clock.advance(3000);
  expect(third.firing()).toEqual([]);
  await third.stop();
});

test('silence: who is heard each second costs a write in a tenth of the time, and what is waited for no longer is let go of', async () => {
  const machine = createMachine([NO_BACKUP]);
  const { clock, start, puts } = machine;
  const first = await start();
  for (let minute = 0; minute < 39; minute += 1) {
    first.report({ 'backup.done': 1 });
    await clock.advance(MINUTE);
  }
  expect(puts()).toBeLessThanOrEqual(7);
  first.core.unwatch('job');
  await clock.advance(2 * MINUTE);
  await first.stop();
  const second = await start();
  await clock.advance(64 * MINUTE);
  expect(second.firing()).toEqual([]);
  await clock.advance(2 * MINUTE);
  expect(second.firing()).toEqual(['no-backup']);
  await second.stop();
});
