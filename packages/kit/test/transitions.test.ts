import { expect, test } from 'vitest';
import { step, type TransitionTable } from '../src/transitions.js';

type Door = 'open' | 'shut' | 'locked';
type Move = 'close' | 'open' | 'lock' | 'unlock';
const table = {
  open: { close: 'shut' },
  shut: { open: 'open', lock: 'locked' },
  locked: { unlock: 'shut' },
} as const satisfies TransitionTable<Door, Move>;

test('transitions: a present cell leads to its state, an absent one is refused with words', () => {
  const doors = Object.keys(table) as Door[];
  const moves: Move[] = ['close', 'open', 'lock', 'unlock'];
  for (const from of doors)
    for (const move of moves) {
      const to = (table as TransitionTable<Door, Move>)[from][move];
      expect(step(table as TransitionTable<Door, Move>, from, move)).toEqual(
        to === undefined
          ? { ok: false, from, because: `'${move}' is not possible in state '${from}'` }
          : { ok: true, from, to },
      );
    }
});
