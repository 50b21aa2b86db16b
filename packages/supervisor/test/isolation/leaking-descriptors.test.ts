import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leakingDescriptors } from '../../src/isolation/leaking-descriptors.js';

test('descriptors: those that do not close by themselves are found, the standard ones left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-fdinfo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const fd of [0, 1, 2, 19, 251]) writeFileSync(join(folder, String(fd)), 'pos:\t0\nflags:\t0100002\n');
  writeFileSync(join(folder, '20'), 'pos:\t0\nflags:\t02100002\n');
  expect(leakingDescriptors(folder)).toEqual([19, 251]);
});

test('descriptors: what Node.js opens itself is none of them', () => {
  const before = leakingDescriptors();
  const opened = openSync('/dev/null', 'r');
  onTestFinished(() => closeSync(opened));
  expect(leakingDescriptors()).toEqual(before);
});
