import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openExitBook } from '../../src/adoption/exit-book.js';

const BOOT = 'fdb84996-3a1d-4323-8a72-0d824fa633ca';
const identity = { pid: 42, startTicks: 900, bootId: BOOT };

function bookWith(text: string) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-exits-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'exits');
  writeFileSync(file, text);
  return { file, book: openExitBook(file) };
}

test('exit book: code and signal of exactly this process are found, with the time it ended', () => {
  const { book } = bookWith(`${BOOT} 42 900 7 - 1000\n${BOOT} 43 901 - SIGKILL 2000\n`);
  expect(book.find(identity)).toEqual({ code: 7, signal: null, isKnown: true, at: 1000 });
  const other = { ...identity, pid: 43, startTicks: 901 };
  expect(book.find(other)).toEqual({ code: null, signal: 'SIGKILL', isKnown: true, at: 2000 });
});

test('exit book: the same pid with another start time, or of another boot, is another process', () => {
  const { book } = bookWith(`${BOOT} 42 900 7 - 1000\n`);
  expect(book.find({ ...identity, startTicks: 901 })).toBeUndefined();
  expect(book.find({ ...identity, pid: 2 })).toBeUndefined();
  expect(book.find({ ...identity, bootId: 'another' })).toBeUndefined();
});

test('exit book: a line that is cut short or damaged tells nothing', () => {
  for (const text of [`${BOOT} 42 900 7 - 10`, `${BOOT} 42 900 seven - 1000\n`, `x${BOOT} 42 900 7 - 1000\n`])
    expect(bookWith(text).book.find(identity)).toBeUndefined();
});

test('exit book: what is written later is found, and without a file nothing is', () => {
  const { file, book } = bookWith('');
  expect(book.find(identity)).toBeUndefined();
  appendFileSync(file, `${BOOT} 42 900 0 - 1000\n`);
  expect(book.find(identity)).toMatchObject({ code: 0, isKnown: true });
  rmSync(file);
  expect(book.find(identity)).toBeUndefined();
  expect(openExitBook(undefined)).toMatchObject({ isKept: false });
});

test('exit book: the newest end of an id is found where the line says whose it was', () => {
  const { book } = bookWith(
    `${BOOT} 42 900 7 - 1000 web#1/3\n${BOOT} 43 901 - SIGKILL 2000 web#1/4\n${BOOT} 44 902 0 - 3000 b/1\n${BOOT} 45 903 0 - 4000\n`,
  );
  expect(book.findNewest('web#1')).toEqual({
    identity: { pid: 43, startTicks: 901, bootId: BOOT },
    ...{ generation: 4, at: 2000 },
  });
  for (const id of ['web', '1', 'c', '#1']) expect(book.findNewest(id)).toBeUndefined();
  expect(book.find({ pid: 43, startTicks: 901, bootId: BOOT })).toMatchObject({ signal: 'SIGKILL' });
});

test('exit book: in a long file the newest ends are found', () => {
  const older = Array.from({ length: 6000 }, (_, pid) => `${BOOT} ${pid + 100} 5 0 - 1\n`).join('');
  const { book } = bookWith(`${older}${BOOT} 42 900 7 - 1000\n`);
  expect(book.find(identity)).toMatchObject({ code: 7 });
});
