import { expect, test } from 'vitest';
import { createSharedLook, lookNow, type ProcessLook } from '../../src/tree/process-look.js';

const nothing: ProcessLook = { rows: [], markerOf: () => undefined };

test('shared look: all who ask within one turn get one reading, made after the last of them asked', async () => {
  let readings = 0;
  const look = createSharedLook(() => {
    readings += 1;
    return nothing;
  });
  const asked = Array.from({ length: 300 }, () => look());
  expect(readings).toBe(0);
  await Promise.all(asked);
  expect(readings).toBe(1);
});

test('shared look: who asks after a reading gets a new one', async () => {
  let readings = 0;
  const look = createSharedLook(() => {
    readings += 1;
    return nothing;
  });
  await look();
  await look();
  expect(readings).toBe(2);
});

test('shared look: a reading that fails fails for those who asked, and the next may succeed', async () => {
  let isBroken = true;
  const look = createSharedLook(() => {
    if (isBroken) throw new TypeError('no /proc');
    return nothing;
  });
  await expect(look()).rejects.toThrow('no /proc');
  isBroken = false;
  expect(await look()).toBe(nothing);
});

test('look: this program itself is in no tree', () => {
  expect(lookNow().rows.some(({ pid }) => pid === process.pid)).toBe(false);
});
