import { expect, test } from 'vitest';
import { placesToDraw, windowOf } from '../../src/ui/list-window.js';

test('long lists: only what can be seen is drawn, with some rows to spare', () => {
  expect(windowOf({ count: 10_000, rowPx: 50, topPx: 5_000, heightPx: 500 })).toEqual({
    first: 92,
    end: 118,
  });
});

test('long lists: at the ends nothing beyond the list is drawn', () => {
  expect(windowOf({ count: 5, rowPx: 50, topPx: 0, heightPx: 250 })).toEqual({ first: 0, end: 5 });
  expect(windowOf({ count: 3, rowPx: 50, topPx: 99_999, heightPx: 150 })).toEqual({ first: 3, end: 3 });
});

test('long lists: the row that had the focus is drawn wherever it lies, each row once and in order', () => {
  expect(placesToDraw({ first: 3, end: 6 }, -1)).toEqual([3, 4, 5]);
  expect(placesToDraw({ first: 3, end: 6 }, 4)).toEqual([3, 4, 5]);
  expect(placesToDraw({ first: 3, end: 6 }, 0)).toEqual([0, 3, 4, 5]);
  expect(placesToDraw({ first: 3, end: 6 }, 90)).toEqual([3, 4, 5, 90]);
});
