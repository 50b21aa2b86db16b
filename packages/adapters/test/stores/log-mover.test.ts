import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogMover } from '../../src/stores/log-mover.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-log-'));
  path = join(folder, 'dreamnet.db');
  writeFileSync(`${path}-wal`, 'frames');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Counts copies; each fails with what is next, if anything. So does each sync of the log begun anew. */
function counting(failures: (string | undefined)[] = [], syncFailures: (string | undefined)[] = []) {
  let copies = 0;
  const steps: string[] = [];
  const mover = createLogMover({
    path,
    copy: () => {
      copies += 1;
      const failure = failures.shift();
      if (failure) throw new Error(failure);
    },
    beginAnew: () => steps.push('begin'),
    syncLog: async () => {
      steps.push('sync');
      const failure = syncFailures.shift();
      if (failure) throw new Error(failure);
    },
  });
  return { mover, copies: () => copies, steps };
}

const MEBIBYTE = 1024 * 1024;

test('log mover: the log is moved once it has grown, by many writes as by large ones', async () => {
  writeFileSync(path, 'pages');
  const { mover, copies } = counting();
  mover.wrote(900, 900);
  await mover.moveGrown();
  expect(copies()).toBe(0);
  mover.wrote(100, 100);
  await mover.moveGrown();
  expect(copies()).toBe(1);
  await mover.moveGrown();
  mover.wrote(1, 3 * MEBIBYTE);
  await mover.moveGrown();
  expect(copies()).toBe(1);
  mover.wrote(1, MEBIBYTE);
  await mover.moveGrown();
  expect(copies()).toBe(2);
  mover.check();
  await mover.close();
});

test('log mover: a log that was moved is begun anew, and that is on disk before anybody writes', async () => {
  writeFileSync(path, 'pages');
  const { mover, steps } = counting();
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(steps).toEqual(['begin', 'sync']);
  mover.check();
  await mover.close();
});

test('log mover: when the beginning of the log could not be brought to disk nothing is written any more', async () => {
  writeFileSync(path, 'pages');
  const { mover } = counting([], ['disk gone']);
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(() => mover.check()).toThrow(/disk gone.*safe in the file/);
  // The next start would refuse a log that is older than its file.
  expect(existsSync(`${path}-wal-kept`)).toBe(false);
  await mover.close();
});

test('log mover: nothing is copied into a file that could not be brought to disk afterwards', async () => {
  const { mover, copies } = counting();
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(copies()).toBe(0);
  mover.check();
  await mover.close();
});

test('log mover: when the file could not be brought to disk the log is not begun anew but kept where nobody overwrites it, and that is said', async () => {
  symlinkSync('/dev/null', path); // can be opened and not be synced
  const { mover, copies, steps } = counting();
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(copies()).toBe(1);
  expect(steps).toEqual([]);
  expect(() => mover.check()).toThrow(expect.objectContaining({ code: 'DN_STORE_UNSYNCED' }));
  expect(() => mover.check()).toThrow(`safe in '${path}-wal-kept'`);
  expect(mover.hasFailed()).toBe(true);
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(copies()).toBe(1);
  await mover.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(readFileSync(`${path}-wal-kept`, 'utf8')).toBe('frames');
});

test('log mover: a log that cannot be put aside is said, and not called safe', async () => {
  symlinkSync('/dev/null', path);
  mkdirSync(`${path}-wal-kept`);
  const { mover } = counting();
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(() => mover.check()).toThrow(/could not be put aside.*copy '.*-wal' before/);
  await mover.close();
});

test('log mover: SQLite that could not be told to sync again is not written with any more', async () => {
  writeFileSync(path, 'pages');
  const { mover } = counting(['no more']);
  mover.wrote(1000, 0);
  await mover.moveGrown();
  expect(() => mover.check()).toThrow('no more');
  await mover.close();
});
