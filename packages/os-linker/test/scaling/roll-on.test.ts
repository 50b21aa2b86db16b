import { expect, test } from 'vitest';
import type { ReplicaRecord } from '../../src/scaling/replica-record.js';
import { abandonRolling, rollOn } from '../../src/scaling/roll-on.js';
import { isOver, planRolling } from '../../src/scaling/rolling-restart.js';

/**
 * Processes of one machine that outlive whoever keeps them. The keeper knows only its record and what it sees; it may
 * be killed between any two of its steps.
 */
class World {
  record: ReplicaRecord;
  /** Slot → the how manieth process of the agent runs there. */
  readonly running = new Map<number, number>();
  readonly ended: number[] = [];
  least: number;
  starts = 0;
  /** Processes from this one on never become ready. */
  brokenFrom = Number.POSITIVE_INFINITY;
  steps = 0;

  constructor(slots: readonly number[], maxUnavailable: 0 | 1) {
    const replicas = slots.map((slot) => ({ slot, port: null, isLeaving: false }));
    const moves = planRolling(slots, maxUnavailable);
    const rolling = { moves, index: 0, phase: 'planned', startedAt: 0, phaseSince: 0, reason: '' } as const;
    this.record = { agent: 'w', declared: '', desired: slots.length, replicas, rolling, decisions: [] };
    for (const slot of slots) this.running.set(slot, ++this.starts);
    this.least = slots.length;
  }

  get serving(): number[] {
    return [...this.running].filter(([, start]) => start < this.brokenFrom).map(([slot]) => slot);
  }

  /** One life of a keeper that is killed after so many steps. */
  keep(stepsUntilKilled: number): void {
    for (let step = 0; step < stepsUntilKilled && !this.isOver; step += 1) this.step();
  }

  get isOver(): boolean {
    const { rolling, replicas } = this.record;
    return (!rolling || isOver(rolling)) && replicas.every(({ isLeaving }) => !isLeaving);
  }

  /** One of: start who is missing, end who leaves, take the next step of the rolling restart. */
  private step(): void {
    this.steps += 1;
    expect(this.steps).toBeLessThan(1000);
    const missing = this.record.replicas.find((one) => !one.isLeaving && !this.running.has(one.slot));
    if (missing) this.running.set(missing.slot, ++this.starts);
    const leaves = this.record.replicas.find((one) => one.isLeaving);
    const before = this.record;
    if (!missing) {
      this.record = rollOn(before, {
        now: this.steps,
        isReady: (slot) => this.serving.includes(slot),
        failure: (slot) =>
          (this.running.get(slot) ?? 0) >= this.brokenFrom ? 'it does not answer' : undefined,
        isEnding: (slot) => leaves?.slot === slot && this.running.has(slot) && 'idle',
      });
      if (this.record === before && leaves) {
        if (this.running.has(leaves.slot)) {
          this.ended.push(this.running.get(leaves.slot) ?? 0);
          this.running.delete(leaves.slot);
        } else
          this.record = {
            ...before,
            replicas: before.replicas.filter(({ slot }) => slot !== leaves.slot),
          };
      }
    }
    this.least = Math.min(this.least, this.serving.length);
  }
}

test('beside: every old process is replaced exactly once, and never fewer serve than before', () => {
  for (const slots of [[0], [1], [1, 2, 3]]) {
    const world = new World(slots, 0);
    world.keep(500);
    expect(world.record.rolling?.phase).toBe('done');
    expect([...world.running.keys()].sort()).toEqual(slots);
    expect(world.least).toBe(slots.length);
    // One more than there are: the one in the spare place.
    expect(world.starts).toBe(2 * slots.length + 1);
    expect(world.ended).toHaveLength(slots.length + 1);
  }
});

test('in place: one fewer at most serves meanwhile', () => {
  const world = new World([1, 2, 3], 1);
  world.keep(500);
  expect(world.record.rolling?.phase).toBe('done');
  expect([world.least, world.starts, world.ended.sort()]).toEqual([2, 6, [1, 2, 3]]);
});

test('killed after any step, again and again: the next keeper goes on, and nothing is done twice', () => {
  for (const maxUnavailable of [0, 1] as const)
    for (const life of [1, 2, 3, 5, 7]) {
      const world = new World([1, 2, 3], maxUnavailable);
      while (!world.isOver) world.keep(life);
      expect(world.record.rolling?.phase).toBe('done');
      expect(world.starts).toBe(maxUnavailable === 0 ? 7 : 6);
      expect(new Set(world.ended).size).toBe(world.ended.length);
      expect(world.least).toBe(3 - maxUnavailable);
    }
});

test('a new one that does not become ready: it is ended, and the old ones go on', () => {
  const first = new World([1, 2, 3], 0);
  first.brokenFrom = 4;
  first.keep(500);
  expect(first.record.rolling).toMatchObject({ phase: 'stopped', because: 'it does not answer', index: 0 });
  expect([...first.running]).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  const second = new World([1, 2, 3], 0);
  second.brokenFrom = 5;
  second.keep(500);
  expect(second.record.rolling?.phase).toBe('stopped');
  expect(second.running).toEqual(
    new Map([
      [2, 2],
      [3, 3],
      [4, 4],
    ]),
  );
  expect(second.least).toBe(3);
});

test('in place, one that does not become ready: the others are left alone', () => {
  const world = new World([1, 2, 3], 1);
  world.brokenFrom = 4;
  world.keep(500);
  expect(world.record.rolling).toMatchObject({ phase: 'stopped', index: 0 });
  expect([world.running.get(2), world.running.get(3)]).toEqual([2, 3]);
});

test('given up: it is over, and says why', () => {
  const world = new World([1, 2], 0);
  world.keep(2);
  const given = abandonRolling(world.record, 'stopped by ann', 9);
  expect(given.rolling).toMatchObject({ phase: 'stopped', because: 'stopped by ann', phaseSince: 9 });
  expect(
    rollOn(given, { now: 9, isReady: () => true, failure: () => undefined, isEnding: () => false }),
  ).toBe(given);
});
