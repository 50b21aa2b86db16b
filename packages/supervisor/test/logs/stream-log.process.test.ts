import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogBook } from '../../src/logs/log-book.js';
import { openLogFiles } from '../../src/logs/log-files.js';
import { StreamLog } from '../../src/logs/stream-log.js';
import { clock, keeperOf, logFolder, rotation, startWriter } from './log-folder.js';

/** Writes numbered lines until it is ended, some megabytes a second. */
const COUNTER = `const fs = require('node:fs');
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let n = 0; ; n += 500) {
  let text = '';
  for (let k = n; k < n + 500; k += 1) text += 'line ' + k + '\\n';
  fs.writeSync(1, text);
  Atomics.wait(pause, 0, 0, 1);
}`;
const CUTS = 20;

async function wholeOf(log: StreamLog): Promise<string> {
  const parts: Buffer[] = [];
  let { place } = await log.start();
  for (;;) {
    const { bytes, from } = await log.read(place, 64 * 1024);
    if (bytes.length === 0) return Buffer.concat(parts).toString();
    parts.push(bytes);
    place = from + bytes.length;
  }
}

/** Does the file system under the tests take the beginning of a file away? Then nothing may be lost. */
async function canCollapse(): Promise<boolean> {
  const path = join(logFolder(), 'a.log');
  writeFileSync(path, Buffer.alloc(20_000));
  return (
    (await new StreamLog(path, clock).rotate(rotation({ limitBytes: 8192 }), false))?.gapBecause === undefined
  );
}

test('rotate: of a writer that never pauses no line is lost and none is doubled', {
  timeout: 60_000,
}, async (context) => {
  if (!(await canCollapse())) context.skip('this file system cannot take the beginning of a file away');
  const path = join(logFolder(), 'a.log');
  const log = new StreamLog(path, clock);
  const writer = startWriter(path, [process.execPath, '-e', COUNTER]);
  const keep = rotation({ limitBytes: 200_000, keep: 99 });
  for (let cuts = 0; cuts < CUTS; ) {
    if (await log.rotate(keep, false)) cuts += 1;
    // Real time: the writer is another process.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writer.end();
  const text = await wholeOf(log);
  const lines = text.split('\n').slice(0, -1);
  expect(lines.findIndex((line, at) => line !== `line ${at}`)).toBe(-1);
  expect(text.length).toBeGreaterThan(CUTS * 150_000);
  expect((await wholeOf(new StreamLog(path, clock))) === text).toBe(true);
});

test('rotate: places go on across cuts, and a reader in the middle of a part finds its way', async () => {
  const path = join(logFolder(), 'a.log');
  const text = Array.from({ length: 5000 }, (_, n) => `line ${n}\n`).join('');
  writeFileSync(path, text);
  const log = new StreamLog(path, clock);
  const place = 20_000;
  const before = (await log.read(place, 100)).bytes.toString();
  await log.rotate(rotation({ limitBytes: 10_000, keep: 5 }), false);
  await log.rotate(rotation({ limitBytes: 10_000, keep: 5 }), false);
  await log.rotate(rotation({ limitBytes: 10_000, keep: 5 }), false);
  expect((await log.read(place, 100)).bytes.toString()).toBe(before);
  expect(await wholeOf(log)).toBe(text);
  expect(log.end).toBe(text.length);
});

test('rotate: what grew beyond all that is kept is cut to its newest part, which says how much is not', async () => {
  const path = join(logFolder(), 'a.log');
  writeFileSync(path, `${'too fast\n'.repeat(111_111)}the end\n`);
  const log = new StreamLog(path, clock);
  const cut = await log.rotate(rotation({ limitBytes: 1000, keep: 1 }), false);
  expect(cut?.lostBytes).toBeGreaterThan(998_000);
  expect(statSync(path).size).toBe(0);
  const old = readFileSync(`${path}.1`, 'utf8');
  expect(old.length).toBeLessThan(1200);
  expect(old).toMatch(/^\[\d+ bytes before this came too fast to be kept\]\ntoo fast\n/);
  expect(old.endsWith('\nthe end\n')).toBe(true);
});

test('rotate: a cut that was interrupted after the copy is undone, after the cut finished', async () => {
  const dir = logFolder();
  const text = Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join('');
  const copied = text.slice(0, 8192);
  const notYet = join(dir, 'a.log');
  writeFileSync(notYet, text);
  writeFileSync(`${notYet}.moving`, copied);
  expect(await wholeOf(new StreamLog(notYet, clock))).toBe(text);
  const already = join(dir, 'b.log');
  writeFileSync(already, text.slice(8192));
  writeFileSync(`${already}.moving`, copied);
  writeFileSync(`${already}.1`, 'older\n');
  expect(await wholeOf(new StreamLog(already, clock))).toBe(`older\n${text}`);
  expect(readdirSync(dir).sort()).toEqual(['a.log', 'b.log', 'b.log.1', 'b.log.2']);
});

test('keep: a log is cut when its first line is old, old parts go by age, all of them by their total', async () => {
  const dir = logFolder();
  const book = new LogBook(dir, clock);
  const path = join(dir, 'a.out.log');
  writeFileSync(path, 'x'.repeat(99).concat('\n').repeat(100));
  await book.of('a', 'out').observe();
  await keeperOf(book, ['a'], { everyMs: 60_000 }).look();
  expect(readdirSync(dir)).not.toContain('a.out.log.1');
  await keeperOf(book, ['a'], { everyMs: -1 }).look();
  expect(statSync(`${path}.1`).size + statSync(path).size).toBe(10_000);
  writeFileSync(join(dir, 'gone.err.log.1'), 'y'.repeat(1000));
  await keeperOf(book, ['a'], { totalBytes: 10_000 }).look();
  expect(readdirSync(dir)).not.toContain('a.out.log.1');
  expect(readdirSync(dir)).toContain('gone.err.log.1');
  await keeperOf(book, ['a'], { keepMs: -1 }).look();
  expect(readdirSync(dir)).not.toContain('gone.err.log.1');
});

test('marks: say by when which place was there, also after a cut and for another daemon', async () => {
  const path = join(logFolder(), 'a.log');
  const log = new StreamLog(path, clock);
  const atEnd: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    appendFileSync(path, `${n}`.repeat(4999).concat('\n'));
    await log.observe();
    atEnd.push((await log.marks()).at(-1)?.at ?? 0);
    // Real time: file times come from the kernel's clock, in steps of some milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await log.rotate(rotation({ limitBytes: 8192 }), false);
  const marks = await log.marks();
  const places = marks.filter(({ endByte }) => endByte % 5000 === 0);
  expect(places.map(({ endByte, at }) => [endByte, at])).toEqual(atEnd.map((at, n) => [(n + 1) * 5000, at]));
  const other = await new StreamLog(path, clock).marks();
  expect(other.map(({ at }) => at)).toEqual(marks.map(({ at }) => at));
  truncateSync(path, 0);
  appendFileSync(path, 'new\n');
  await log.observe();
  expect((await log.marks()).at(-1)?.endByte).toBe(log.end);
});

test('tail: standard error of the last moments is there even when the log has just been cut', async () => {
  const dir = logFolder();
  const book = new LogBook(dir, clock);
  const files = openLogFiles(book, 'a');
  const err = book.of('a', 'err');
  appendFileSync(err.path, 'before the run\n');
  const from = files.errSize();
  appendFileSync(err.path, `${'x'.repeat(8192)}\nthe reason\n`);
  const to = files.errSize();
  await err.rotate(rotation({ limitBytes: 4096 }), false);
  expect(files.errSize()).toBe(to);
  expect(files.readErr(from, to, 1_000_000)).toBe(`${'x'.repeat(8192)}\nthe reason\n`);
  renameSync(`${err.path}.1`, `${err.path}.9`);
  expect(files.readErr(from, to, 1_000_000)).toMatch(/the reason\n$/);
  files.close();
});

test('tail: of a process that has not written there is none, and nobody has to make its files', () => {
  const dir = logFolder();
  const files = openLogFiles(new LogBook(dir, clock), 'b');
  expect(files.errSize()).toBe(0);
  expect(files.readErr(0, 0, 1000)).toBe('');
  expect(files.readErr(0, 100, 1000)).toBe('');
  expect(readdirSync(dir)).toEqual([]);
  const { outFd, errFd } = files.open();
  writeSync(errFd, 'why\n');
  expect(files.open()).toEqual({ outFd, errFd });
  expect(files.readErr(0, files.errSize(), 1000)).toBe('why\n');
  files.close();
  files.close();
});
