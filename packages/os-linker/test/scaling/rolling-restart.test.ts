import { expect, test } from 'vitest';
import {
  advanceRolling,
  BESIDE_TABLE,
  endOfMove,
  IN_PLACE_TABLE,
  isBeside,
  isOver,
  planRolling,
  type RollingEvent,
  type RollingPhase,
  type RollingRestart,
  stepRolling,
} from '../../src/scaling/rolling-restart.js';

const PHASES = Object.keys(BESIDE_TABLE) as RollingPhase[];
const EVENTS: RollingEvent[] = [
  'begin',
  'ready',
  'not_ready',
  'idle',
  'overdue',
  'gone',
  'move_done',
  'last_move_done',
];

function rolling(slots: readonly number[], maxUnavailable: 0 | 1): RollingRestart {
  const moves = planRolling(slots, maxUnavailable);
  return { moves, index: 0, phase: 'planned', startedAt: 0, phaseSince: 0, reason: 'test' };
}

/** Plays a whole rolling restart and checks after each step how many of the slots serve. */
function play(
  slots: readonly number[],
  maxUnavailable: 0 | 1,
): { serving: number[]; least: number; started: number } {
  let now = rolling(slots, maxUnavailable);
  const serving = new Set(slots);
  let least = serving.size;
  let started = 0;
  const moveNow = () => now.moves[now.index] ?? { from: -1, to: -1 };
  const take = (event: RollingEvent) => {
    now = advanceRolling(now, event, now.phaseSince + 1);
  };
  while (!isOver(now)) {
    if (now.phase === 'planned') take('begin');
    else if (now.phase === 'starting') {
      expect(serving.has(moveNow().to), 'a slot is free before somebody is started in it').toBe(false);
      serving.add(moveNow().to);
      started += 1;
      take(isBeside(now) ? 'ready' : endOfMove(now));
    } else if (now.phase === 'draining') {
      serving.delete(moveNow().from);
      take('idle');
    } else take(isBeside(now) ? endOfMove(now) : 'gone');
    least = Math.min(least, serving.size);
  }
  expect(now.phase).toBe('done');
  return { serving: [...serving].sort(), least, started };
}

test('beside: never fewer serve than before, and the numbers end as they were', () => {
  for (const slots of [[0], [1], [1, 2, 3], [2, 5, 9]])
    expect(play(slots, 0)).toEqual({ serving: slots, least: slots.length, started: slots.length + 1 });
});

test('in place: one fewer at most, and each is started once', () => {
  for (const slots of [[0], [1, 2, 3]])
    expect(play(slots, 1)).toEqual({ serving: slots, least: slots.length - 1, started: slots.length });
});

test('beside: one that does not become ready is ended, and nothing else is touched', () => {
  let now = advanceRolling(rolling([1, 2], 0), 'begin', 5);
  now = advanceRolling(now, 'not_ready', 6);
  expect(now).toMatchObject({ phase: 'undoing', index: 0, phaseSince: 6 });
  now = advanceRolling(now, 'gone', 7);
  expect(now.phase).toBe('stopped');
  expect(isOver(now)).toBe(true);
});

test('table: every cell is a step or a refusal that changes nothing', () => {
  for (const maxUnavailable of [0, 1] as const)
    for (const phase of PHASES)
      for (const event of EVENTS) {
        const before = { ...rolling([1, 2], maxUnavailable), phase };
        const table = maxUnavailable === 0 ? BESIDE_TABLE : IN_PLACE_TABLE;
        const target = table[phase][event];
        const outcome = stepRolling(before, event);
        expect(outcome.ok).toBe(target !== undefined);
        const after = advanceRolling(before, event, 9);
        if (target === undefined) expect(after).toBe(before);
        else expect(after).toMatchObject({ phase: target, phaseSince: 9 });
      }
});
