import { expect, test } from 'vitest';
import { LineCutter, LONGEST_LINE_BYTES } from '../../src/logs/line-splitter.js';

function lines(cutter: LineCutter, text: string, from: number) {
  return [...cutter.push(Buffer.from(text), from)].map(({ bytes, end }) => [bytes.toString(), end]);
}

test('cut: lines across pieces, empty ones too, with the place after each', () => {
  const cutter = new LineCutter();
  expect(lines(cutter, 'one\ntw', 100)).toEqual([['one', 104]]);
  expect(lines(cutter, 'o\n\nrest', 106)).toEqual([
    ['two', 108],
    ['', 109],
  ]);
  expect(cutter.rest(113)?.bytes.toString()).toBe('rest');
  expect(cutter.rest(113)).toBeUndefined();
});

test('cut: the end of a line whose beginning is not there is passed over', () => {
  expect(lines(new LineCutter(true), 'tial\nnext\n', 0)).toEqual([['next', 10]]);
});

test('cut: a line without end is given out once, shortened, and its rest passed over', () => {
  const cutter = new LineCutter();
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const found = [];
  for (let at = 0; at < 100; at += 1) found.push(...cutter.push(piece, at * piece.length));
  expect(found.map(({ isTooLong }) => isTooLong)).toEqual([true]);
  expect(found[0]?.bytes.length).toBeLessThan(2 * LONGEST_LINE_BYTES);
  expect(lines(cutter, 'x\nafter\n', 0)).toEqual([['after', 8]]);
});
