import { expect, test } from 'vitest';
import { placeAfter } from '../../src/ui/row-keys.js';

test('row keys: arrows go one row and leave the ends to the page', () => {
  expect(placeAfter('ArrowDown', 3, 10)).toBe(4);
  expect(placeAfter('ArrowUp', 3, 10)).toBe(2);
  expect(placeAfter('ArrowDown', 9, 10)).toBeUndefined();
  expect(placeAfter('ArrowUp', 0, 10)).toBeUndefined();
});

test('row keys: Home and End go to the ends, the page keys ten rows and never beyond', () => {
  expect(placeAfter('Home', 30, 100)).toBe(0);
  expect(placeAfter('End', 30, 100)).toBe(99);
  expect(placeAfter('PageDown', 30, 100)).toBe(40);
  expect(placeAfter('PageUp', 30, 100)).toBe(20);
  expect(placeAfter('PageDown', 95, 100)).toBe(99);
  expect(placeAfter('PageUp', 4, 100)).toBe(0);
});

test('row keys: any other key is somebody else’s', () => {
  expect(placeAfter('Enter', 3, 10)).toBeUndefined();
});
