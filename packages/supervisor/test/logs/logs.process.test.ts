import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followLines } from '../../src/logs/follow-log.js';
import { lastLines, openLogFiles } from '../../src/logs/log-files.js';
import { readLastLines } from '../../src/logs/read-log.js';
import { rotateLog } from '../../src/logs/rotate-log.js';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('last lines: the cut first line is left out, empty lines too', () => {
  expect(lastLines('tial\none\r\n\ntwo\n', 5, true)).toEqual(['one', 'two']);
  expect(lastLines('one\ntwo\nthree', 2, false)).toEqual(['two', 'three']);
});

test('read: the last lines of a long file, nothing of a missing one', async () => {
  const path = join(folder(), 'a.log');
  expect(await readLastLines(path, 3)).toEqual([]);
  writeFileSync(path, Array.from({ length: 30_000 }, (_, at) => `line ${at}\n`).join(''));
  expect(await readLastLines(path, 2)).toEqual(['line 29998', 'line 29999']);
  expect(await readLastLines(path, 20_000)).toHaveLength(20_000);
});

test('rotate: a log that is too big moves to .1, older ones up, the oldest goes', async () => {
  const path = join(folder(), 'a.log');
  const rotation = { limitBytes: 20, keep: 2 };
  expect(await rotateLog(path, rotation)).toBe(false);
  for (const round of ['first', 'second', 'third']) {
    writeFileSync(path, `${round} round of output\n`);
    expect(await rotateLog(path, rotation)).toBe(true);
  }
  expect(readFileSync(path, 'utf8')).toBe('');
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('third');
  expect(readFileSync(`${path}.2`, 'utf8')).toContain('second');
  expect(() => readFileSync(`${path}.3`)).toThrow('ENOENT');
});

test('rotate: of a log that outgrew the limit many times over only the newest part is kept, and that is said', async () => {
  const path = join(folder(), 'a.log');
  writeFileSync(path, `${'x'.repeat(1_000_000)}\nthe end\n`);
  await rotateLog(path, { limitBytes: 1000, keep: 1 });
  const old = readFileSync(`${path}.1`, 'utf8');
  expect(old.length).toBeLessThan(2200);
  expect(old).toMatch(/^\[998009 bytes before this came too fast to be kept\]\n/);
  expect(old.endsWith('\nthe end\n')).toBe(true);
});

test('rotate: a writer faster than the copy cannot hold everything up', async () => {
  const path = join(folder(), 'a.log');
  const log = openSync(path, 'a');
  const writer = spawn('yes', { stdio: ['ignore', log, 'ignore'] });
  closeSync(log);
  onTestFinished(() => void writer.kill('SIGKILL'));
  const rotation = { limitBytes: 100_000, keep: 1 };
  // Real time: how long the event loop stands still is what this is about.
  const stillMs: number[] = [];
  for (let rounds = 0; rounds < 10; ) {
    const startedMs = performance.now();
    if (await rotateLog(path, rotation)) rounds += 1;
    stillMs.push(performance.now() - startedMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(Math.max(...stillMs)).toBeLessThan(2000);
  expect(statSync(`${path}.1`).size).toBeLessThan(2 * rotation.limitBytes + 1024 * 1024 + 100);
});

test('read: what was rotated away comes before what is there', async () => {
  const path = join(folder(), 'a.log');
  writeFileSync(`${path}.2`, 'one\ntwo\n');
  writeFileSync(`${path}.1`, 'three\n');
  writeFileSync(path, 'four\n');
  expect(await readLastLines(path, 10)).toEqual(['one', 'two', 'three', 'four']);
  expect(await readLastLines(path, 2)).toEqual(['three', 'four']);
});

test('read: a log without line ends is read no further than memory allows', async () => {
  const path = join(folder(), 'a.log');
  writeFileSync(path, Buffer.alloc(40 * 1024 * 1024, 'x'));
  const [line = ''] = await readLastLines(path, 5);
  expect(line.length).toBe(16 * 1024 * 1024);
});

test('rotate: a writer that holds the file open goes on at its beginning', async () => {
  const dir = folder();
  const logs = openLogFiles(dir, 'a');
  onTestFinished(() => logs.close());
  const path = join(dir, 'a.err.log');
  writeFileSync(logs.errFd, 'x'.repeat(100));
  await rotateLog(path, { limitBytes: 10, keep: 1 });
  writeFileSync(logs.errFd, 'after\n');
  expect(readFileSync(path, 'utf8')).toBe('after\n');
});

test('follow: gives the lines already there that were asked for, new ones, and goes on after a cut', async () => {
  const path = join(folder(), 'a.log');
  writeFileSync(path, 'old 1\nold 2\nhalf a ');
  const controller = new AbortController();
  const lines = followLines(path, 1, controller.signal);
  expect((await lines.next()).value).toBe('old 2');
  appendFileSync(path, 'line\n');
  expect((await lines.next()).value).toBe('half a line');
  truncateSync(path, 0);
  appendFileSync(path, 'after\n');
  expect((await lines.next()).value).toBe('after');
  const end = lines.next();
  controller.abort();
  expect((await end).done).toBe(true);
});

test('follow: a file that is not there yet is followed from its first line', async () => {
  const path = join(folder(), 'later.log');
  const controller = new AbortController();
  const lines = followLines(path, 0, controller.signal);
  const first = lines.next();
  setImmediate(() => writeFileSync(path, 'hello\n'));
  expect((await first).value).toBe('hello');
  controller.abort();
  await lines.next();
});
