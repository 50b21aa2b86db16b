import { expect, test } from 'vitest';
import { windowOf } from '../../src/ui/list-window.js';

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
