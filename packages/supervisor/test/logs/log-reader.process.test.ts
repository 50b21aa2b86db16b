import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followLogs, readLogs } from '../../src/logs/log-reader.js';
import { logFolder, readerOf, rotation, startWriter, textOf } from './log-folder.js';

const stamp = (at: number) => new Date(at).toISOString();

test('read: several agents in the order of time, each line with level and stream', async () => {
  const dir = logFolder();
  const now = Date.now();
  const json = (at: number, level: string, msg: string) => `${JSON.stringify({ time: at, level, msg })}\n`;
  writeFileSync(join(dir, 'a.out.log'), json(now - 5000, 'info', 'one') + json(now - 1000, 'info', 'four'));
  writeFileSync(join(dir, 'b.err.log'), `${stamp(now - 3000)} ERROR two\n    at main (b.js:1)\n`);
  writeFileSync(join(dir, 'b.out.log'), json(now - 2000, 'debug', 'three'));
  const found = [];
  for await (const { agent, stream, level, message, line } of readLogs(readerOf(dir), { ids: ['a', 'b'] }))
    found.push([agent, stream, level, message ?? line.replace(/^\S+Z /, '')]);
  expect(found).toEqual([
    ['a', 'out', 'info', 'one'],
    ['b', 'err', 'error', 'ERROR two'],
    ['b', 'err', 'error', '    at main (b.js:1)'],
    ['b', 'out', 'debug', 'three'],
    ['a', 'out', 'info', 'four'],
  ]);
});

test('read: by level, time and text; text is looked for after secrets were masked', async () => {
  const dir = logFolder();
  const now = Date.now();
  const line = (secondsAgo: number, text: string) => `${stamp(now - secondsAgo * 1000)} ${text}\n`;
  const text = line(60, 'INFO start') + line(40, 'WARN slow') + line(20, 'ERROR key hunter2 refused');
  writeFileSync(join(dir, 'a.out.log'), `${text}plain\n`);
  writeFileSync(join(dir, 'a.err.log'), 'complaint\n');
  const options = readerOf(dir, (given) => given.replaceAll('hunter2', '<secret>'));
  const read = async (query: object) =>
    (await textOf(readLogs(options, { ids: ['a'], ...query }))).map((found) => found.replace(/^\S+Z /, ''));
  expect(await read({ level: 'warn' })).toEqual(['WARN slow', 'ERROR key <secret> refused', 'complaint']);
  expect(await read({ level: 'error' })).toEqual(['ERROR key <secret> refused']);
  expect(await read({ sinceMs: now - 45_000, untilMs: now - 10_000 })).toHaveLength(2);
  expect(await read({ grep: 'SLOW' })).toEqual(['WARN slow']);
  expect(await read({ grep: 'hunter2' })).toEqual([]);
  expect(await read({ lines: 1, streams: ['out'] })).toEqual(['plain']);
  expect(await read({ lines: 1, grep: 'a' })).toHaveLength(1);
});

test('read: a time nobody can believe does not move a line', async () => {
  const dir = logFolder();
  writeFileSync(join(dir, 'a.out.log'), '2001-01-01T00:00:00Z old\n2099-01-01T00:00:00Z new\n');
  for await (const { at } of readLogs(readerOf(dir), { ids: ['a'] }))
    expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
});

test('read: the last lines are found from the end across parts, empty lines do not count', async () => {
  const dir = logFolder();
  const path = join(dir, 'a.out.log');
  const options = readerOf(dir);
  writeFileSync(path, Array.from({ length: 30_000 }, (_, at) => `line ${at}\n\n`).join(''));
  await options.book.of('a', 'out').rotate(rotation({ limitBytes: 200_000 }), false);
  const read = (lines: number) => textOf(readLogs(options, { ids: ['a'], lines }));
  expect(await read(2)).toEqual(['line 29998', 'line 29999']);
  expect(await read(20_000)).toHaveLength(20_000);
  expect(await read(0)).toEqual([]);
  expect(await textOf(readLogs(options, { ids: ['nobody'] }))).toEqual([]);
});

test('read: the rest of a line whose beginning was cut away is not shown: half a secret is not masked', async () => {
  const dir = logFolder();
  const options = readerOf(dir, (text) => text.replaceAll('hunter2', '<secret>'));
  const log = options.book.of('a', 'out');
  writeFileSync(log.path, `${'x'.repeat(4092)}hunter2\nafter\n${'y'.repeat(5000)}\n`);
  await log.rotate(rotation({ limitBytes: 4096 }), false);
  expect((await textOf(readLogs(options, { ids: ['a'] })))[0]).toMatch(/x<secret>$/);
  await log.removeOldest();
  expect((await textOf(readLogs(options, { ids: ['a'], grep: '' })))[0]).toBe('after');
  expect((await textOf(readLogs(readerOf(dir), { ids: ['a'], grep: '' })))[0]).toBe('after');
});

test('hostile: zero bytes, invalid UTF-8 and a secret across the longest line', async () => {
  const dir = logFolder();
  const long = `${'z'.repeat(256 * 1024 - 3)}hunter2${'z'.repeat(400_000)}`;
  writeFileSync(
    join(dir, 'a.out.log'),
    Buffer.concat([Buffer.from('a\0b\n'), Buffer.from([0xff, 0xfe, 10]), Buffer.from(`${long}\nafter\n`)]),
  );
  const options = readerOf(dir, (text) => text.replaceAll('hunter2', '<secret>'));
  const [first, second, third = '', last] = await textOf(readLogs(options, { ids: ['a'] }));
  expect([first, second, last]).toEqual(['a\0b', '\ufffd\ufffd', 'after']);
  expect(third.length).toBeLessThan(257 * 1024);
  expect(third).toMatch(/z<se \[the rest of this line is too long to be shown\]$/);
});

test('hostile: a gigabyte without a line end is read in bounded memory', { timeout: 60_000 }, async () => {
  const dir = logFolder();
  const path = join(dir, 'a.out.log');
  writeFileSync(path, '');
  // Sparse: a gigabyte of zero bytes that takes no disk.
  truncateSync(path, 1024 ** 3);
  appendFileSync(path, '\nafter\n');
  const before = process.memoryUsage().rss;
  let most = 0;
  const lines: number[] = [];
  for await (const { line } of readLogs(readerOf(dir), { ids: ['a'], grep: '' })) {
    lines.push(line.length);
    most = Math.max(most, process.memoryUsage().rss);
  }
  expect(lines.at(-1)).toBe(5);
  expect(lines).toHaveLength(2);
  expect(most - before).toBeLessThan(150 * 1024 * 1024);
});

test('follow: the lines asked for, new ones, the rest of one in writing, and on after cuts', async () => {
  const dir = logFolder();
  const options = readerOf(dir);
  const log = options.book.of('a', 'out');
  writeFileSync(log.path, 'old 1\nold 2\nhalf a ');
  const controller = new AbortController();
  const lines = followLogs(options, { ids: ['a'], lines: 1 }, controller.signal);
  const next = async () => (await lines.next()).value?.line;
  expect(await next()).toBe('old 2');
  appendFileSync(log.path, 'line\n');
  expect(await next()).toBe('half a line');
  appendFileSync(log.path, `${'x'.repeat(5000)}\ntail`);
  expect(await next()).toHaveLength(5000);
  await log.rotate(rotation({ limitBytes: 4096 }), false);
  appendFileSync(log.path, ' end\n');
  expect(await next()).toBe('tail end');
  truncateSync(log.path, 0);
  appendFileSync(log.path, 'after\n');
  expect(await next()).toBe('after');
  const end = lines.next();
  controller.abort();
  expect((await end).done).toBe(true);
});

test('follow: a log that is not there yet is followed from its first line, by level', async () => {
  const dir = logFolder();
  const controller = new AbortController();
  const query = { ids: ['later'], lines: 0, level: 'error' } as const;
  const lines = followLogs(readerOf(join(dir, 'logs')), query, controller.signal);
  const first = lines.next();
  setImmediate(() => writeFileSync(join(dir, 'logs', 'later.out.log'), 'INFO no\nERROR yes\n'));
  expect((await first).value?.line).toBe('ERROR yes');
  controller.abort();
  await lines.next();
});

test('follow: of a flood every line comes once and in order until the log is cut faster than it is read', {
  timeout: 60_000,
}, async () => {
  const dir = logFolder();
  const options = readerOf(dir);
  const log = options.book.of('a', 'out');
  const controller = new AbortController();
  const lines = followLogs(options, { ids: ['a'], lines: 0 }, controller.signal);
  const first = lines.next();
  startWriter(log.path, ['sh', '-c', 'seq 1 300000']);
  let count = 1;
  expect((await first).value?.line).toBe('1');
  for await (const { line } of lines) {
    count += 1;
    if (Number(line) !== count) expect(line).toBe(String(count));
    if (count % 10_000 === 0) void log.rotate(rotation({ limitBytes: 100_000, keep: 50 }), false);
    if (count === 300_000) controller.abort();
  }
  expect(count).toBe(300_000);
});
