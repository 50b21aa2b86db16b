import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Kept, keptFrom, type Piece, piecesOf } from '../../../src/os-store/series/range-pieces.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = { hours: HOUR, minutes: MINUTE, raw: 1 };
const AT = 20_000 * DAY;

const kept: Kept = {
  hoursUntil: AT + 2 * DAY,
  minutesUntil: AT + 2 * DAY + 5 * HOUR,
  minutesFrom: AT + DAY,
  rawFrom: AT + 2 * DAY + 3 * HOUR,
};
const END = AT + 3 * DAY;
const border = fc.integer({ min: AT, max: END });
const moment = fc.integer({ min: AT, max: END - 1 });
const coarsest = fc.constantFrom('hours', 'minutes');

/** Which value, one a second, these pieces count: an hour or a minute whole, where it begins. */
function counts(pieces: readonly Piece[], at: number): boolean {
  const piece = pieces.find(({ source, from, to }) => {
    const start = Math.floor(at / UNITS[source]) * UNITS[source];
    return start >= from && start < to;
  });
  return piece !== undefined;
}

test('pieces: they lie side by side in order, and together are the range', () => {
  fc.assert(
    fc.property(border, border, coarsest, (one, other, from) => {
      const span = { from: Math.min(one, other), to: Math.max(one, other) };
      let next = span.from;
      for (const piece of piecesOf(span, from, kept)) {
        expect(piece.from).toBe(next);
        expect(piece.to).toBeGreaterThan(piece.from);
        next = piece.to;
      }
      expect(next).toBe(span.to);
    }),
  );
});

test('pieces: of ranges side by side none counts what another counts, and together they count all', () => {
  fc.assert(
    fc.property(fc.array(border, { maxLength: 6 }), moment, coarsest, (borders, at, from) => {
      const ends = [AT, ...borders.sort((a, b) => a - b), END];
      const counting = ends
        .slice(1)
        .filter((to, index) => counts(piecesOf({ from: ends[index] ?? AT, to }, from, kept), at));
      expect(counting).toHaveLength(1);
    }),
  );
});

test('pieces: an hour or a minute that lies within only in part is read from what is finer while that is kept', () => {
  const [day, hour] = [AT + DAY, AT + 2 * DAY + 3 * HOUR];
  const from = day + 10 * MINUTE;
  expect(piecesOf({ from, to: day + 3 * HOUR }, 'hours', kept)).toEqual([
    { from, to: day + HOUR, source: 'minutes' },
    { from: day + HOUR, to: day + 3 * HOUR, source: 'hours' },
  ]);
  expect(piecesOf({ from: hour + 1, to: hour + 2 * MINUTE }, 'minutes', kept)).toEqual([
    { from: hour + 1, to: hour + MINUTE, source: 'raw' },
    { from: hour + MINUTE, to: hour + 2 * MINUTE, source: 'minutes' },
  ]);
  // Gone: it counts where it begins.
  expect(piecesOf({ from: AT + 1, to: AT + 2 * HOUR + 1 }, 'hours', kept)).toEqual([
    { from: AT + 1, to: AT + 2 * HOUR + 1, source: 'hours' },
  ]);
  expect(piecesOf({ from: day + 1, to: day + MINUTE }, 'minutes', kept)).toEqual([
    { from: day + 1, to: day + MINUTE, source: 'minutes' },
  ]);
});

test('pieces: minutes are kept by whole days and raw values by whole hours', () => {
  expect(keptFrom(AT + 5 * HOUR + 7, { rawMs: 2 * HOUR, minuteMs: 2 * DAY })).toEqual({
    minutesFrom: AT - 2 * DAY,
    rawFrom: AT + 3 * HOUR,
  });
});
