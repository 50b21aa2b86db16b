import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportLog } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReportLog } from '../../src/report-log/report-log.js';

const clock = systemClock();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-report-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);
const files = () => readdirSync(directory).sort();

async function readAll(log: ReportLog) {
  const texts: string[] = [];
  const report = await log.replay(({ bytes, at }) => texts.push(`${at} ${Buffer.from(bytes).toString()}`));
  return { texts, ...report };
}

async function written(texts: readonly string[], options: { segmentBytes?: number } = {}) {
  const log = await openReportLog({ clock, directory, ...options });
  for (const [index, text] of texts.entries()) await log.append(bytesOf(text), index);
  await log.close();
}

test('report log: what was appended is replayed after the next opening, in order, with its time', async () => {
  await written(['one', 'two', 'drei ☃']);
  const log = await openReportLog({ clock, directory });
  expect(await readAll(log)).toEqual({
    texts: ['0 one', '1 two', '2 drei ☃'],
    entries: 3,
    tornBytes: 0,
    damagedBytes: 0,
  });
  await log.close();
});

test('report log: entries that arrive in one turn are in one write and all resolve', async () => {
  const log = await openReportLog({ clock, directory });
  const before = log.position;
  await Promise.all(Array.from({ length: 500 }, (_, index) => log.append(bytesOf(`r${index}`), 1)));
  expect(log.position).toBeGreaterThan(before);
  await log.close();
  const again = await openReportLog({ clock, directory });
  expect((await readAll(again)).entries).toBe(500);
  await again.close();
});

test('report log: an append resolves only when its bytes are in the file', async () => {
  const log = await openReportLog({ clock, directory });
  await log.append(bytesOf('needle'), 1);
  const [file = ''] = files();
  expect(readFileSync(join(directory, file), 'latin1')).toContain('needle');
  await log.close();
});

for (const cut of [1, 5, 15, 17])
  test(`report log: a tail cut ${cut} bytes short loses the last entry only and is no damage`, async () => {
    await written(['first', 'the last one']);
    const path = join(directory, files()[0] ?? '');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - cut));
    const log = await openReportLog({ clock, directory });
    const { texts, damagedBytes } = await readAll(log);
    expect({ texts, damagedBytes }).toEqual({ texts: ['0 first'], damagedBytes: 0 });
    await log.append(bytesOf('after the crash'), 9);
    await log.close();
    const again = await openReportLog({ clock, directory });
    expect(await readAll(again)).toEqual({
      texts: ['0 first', '9 after the crash'],
      entries: 2,
      tornBytes: 0,
      damagedBytes: 0,
    });
    await again.close();
  });

test('report log: garbage behind the last entry is left aside', async () => {
  await written(['kept']);
  appendFileSync(join(directory, files()[0] ?? ''), Buffer.alloc(100, 0xff));
  const log = await openReportLog({ clock, directory });
  const { texts, tornBytes } = await readAll(log);
  expect({ texts, tornBytes }).toEqual({ texts: ['0 kept'], tornBytes: 100 });
  await log.close();
});

test('report log: a changed byte is found, said, and costs the rest of its file only', async () => {
  await written(['aaaa', 'bbbb', 'cccc'], { segmentBytes: 1 });
  const path = join(directory, files()[1] ?? '');
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = 0;
  writeFileSync(path, bytes);
  const log = await openReportLog({ clock, directory });
  const { texts, damagedBytes, tornBytes } = await readAll(log);
  expect(texts).toEqual(['0 aaaa', '2 cccc']);
  expect({ damagedBytes, tornBytes }).toEqual({ damagedBytes: bytes.length, tornBytes: 0 });
  await log.close();
});

test('report log: a checkpoint drops whole files up to it and keeps the newest', async () => {
  const log = await openReportLog({ clock, directory, segmentBytes: 1 });
  for (const text of ['a', 'b']) await log.append(bytesOf(text), 1);
  const mark = log.position;
  for (const text of ['c', 'd']) await log.append(bytesOf(text), 1);
  expect(files()).toHaveLength(4);
  await log.checkpoint(mark);
  expect(files()).toHaveLength(2);
  await log.checkpoint(Number.MAX_SAFE_INTEGER);
  expect(files()).toHaveLength(1);
  await log.close();
  const again = await openReportLog({ clock, directory });
  expect((await readAll(again)).texts).toEqual(['1 d']);
  await again.append(bytesOf('e'), 2);
  await again.close();
});

test('report log: after a turn everything before can be dropped, also when nothing has come since', async () => {
  const log = await openReportLog({ clock, directory });
  const before = log.append(bytesOf('a'), 1);
  await log.turn();
  await before;
  await log.append(bytesOf('b'), 2);
  await log.turn();
  const mark = log.position;
  const late = log.append(bytesOf('c'), 3);
  await log.checkpoint(mark);
  await late;
  await log.close();
  const again = await openReportLog({ clock, directory });
  expect((await readAll(again)).texts).toEqual(['3 c']);
  await again.close();
});

test('report log: past its largest size the oldest file goes and is counted', async () => {
  let dropped = 0;
  const log = await openReportLog({
    clock,
    directory,
    segmentBytes: 1000,
    limitBytes: 5000,
    onDropped: (bytes) => {
      dropped += bytes;
    },
  });
  for (let index = 0; index < 40; index += 1) await log.append(Buffer.alloc(500), index);
  await log.close();
  const kept = files().reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
  expect(kept).toBeLessThanOrEqual(5000);
  expect(dropped + kept).toBe(log.position);
});

test('report log: more bytes than may wait are refused and the waiting ones are kept', async () => {
  const log = await openReportLog({ clock, directory, waitingBytes: 2000 });
  const first = log.append(Buffer.alloc(1500), 1);
  await expect(log.append(Buffer.alloc(1500), 2)).rejects.toMatchObject({
    code: 'DN_REPORT_LOG_BUSY',
    retryable: true,
  });
  await first;
  await log.append(Buffer.alloc(1500), 3);
  await log.close();
  await expect(log.append(Buffer.alloc(1), 4)).rejects.toMatchObject({ code: 'DN_REPORT_LOG_CLOSED' });
});

test('report log: a folder that cannot be made is said with its name', async () => {
  writeFileSync(join(directory, 'file'), '');
  await expect(openReportLog({ clock, directory: join(directory, 'file', 'log') })).rejects.toMatchObject({
    code: 'DN_REPORT_LOG_IO',
  });
});

test('report log: what a trial of the disk left that was killed goes at the next opening', async () => {
  writeFileSync(join(directory, 'room.trial'), 'x');
  const log = await openReportLog({ clock, directory });
  expect(files()).toEqual([]);
  await log.close();
});

test('report log: it fails until as much as was refused is kept, be it in small entries', async () => {
  const log = await openReportLog({ clock, directory, segmentBytes: 1 });
  rmSync(directory, { recursive: true });
  await expect(log.append(Buffer.alloc(100_000), 1)).rejects.toMatchObject({ code: 'DN_REPORT_LOG_IO' });
  mkdirSync(directory);
  await log.append(Buffer.alloc(60_000), 2);
  expect(log.failing?.code).toBe('DN_REPORT_LOG_IO');
  await log.append(Buffer.alloc(60_000), 3);
  expect(log.failing).toBeUndefined();
  await log.close();
});

test('report log: what went into a file that was removed is not acknowledged; the next one is in a new file', async () => {
  const log = await openReportLog({ clock, directory });
  await log.append(bytesOf('one'), 1);
  rmSync(join(directory, files()[0] ?? ''));
  await expect(log.append(bytesOf('two'), 2)).rejects.toMatchObject({ code: 'DN_REPORT_LOG_IO' });
  await log.append(bytesOf('three'), 3);
  await log.close();
  const next = await openReportLog({ clock, directory });
  expect((await readAll(next)).texts).toEqual(['3 three']);
  await next.close();
});
