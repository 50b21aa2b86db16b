import { expect, test } from 'vitest';
import { cutText, cutValue, DreamnetError } from '../src/index.js';

test('cut text: what is short stays as it is, what is long keeps its beginning and tells how much is missing', () => {
  expect(cutText('all of it', 100)).toBe('all of it');
  const cut = cutText('x'.repeat(20_000_000), 100);
  expect(cut).toBe(`${'x'.repeat(60)}… (19999940 more characters)`);
  expect(cut.length).toBeLessThanOrEqual(100);
});

test('cut text: no half of a character is left at the end', () => {
  expect(cutText(`${'x'.repeat(59)}${'🦊'.repeat(60)}`, 100)).toBe(
    `${'x'.repeat(59)}… (120 more characters)`,
  );
});

test('cut value: within the limits it is the very same value', () => {
  const value = { reason: 'short', list: [1, { a: null }], at: new Date(0) };
  expect(cutValue(value, { text: 100, total: 1000 })).toBe(value);
});

test('cut value: long texts, long lists, many members and deep nesting all end within the total', () => {
  const limits = { text: 200, total: 1000 };
  let deep: unknown = 'end';
  for (let depth = 0; depth < 1000; depth += 1) deep = { deep };
  const values = [
    { text: 'x'.repeat(1_000_000) },
    Array.from({ length: 100_000 }, () => 'x'.repeat(50)),
    Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`name-${at}`, at])),
    { deep },
  ];
  for (const value of values) expect(JSON.stringify(cutValue(value, limits)).length).toBeLessThan(3000);
  expect(cutValue([1, 'y'.repeat(300), true], limits)).toEqual([1, expect.stringContaining('more'), true]);
});

test('errors: of an exception of somebody else, as of one of ours, a text without end is cut', () => {
  const message = 'x'.repeat(20_000_000);
  expect(DreamnetError.from(new TypeError(message)).message.length).toBeLessThanOrEqual(4000);
  expect(DreamnetError.from(message).message.length).toBeLessThanOrEqual(4000);
});
