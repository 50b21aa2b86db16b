import { expect, test } from 'vitest';
import { PROCESS_FIELDS, scanIo, scanStat } from '../../src/activity/proc-text.js';
import { parseStat, readSmallFile } from '../../src/linux/process-table.js';

const STAT =
  '42 (a) b (c)) T 7 42 41 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 3 0 98765 1000 55 18446744073709551615 0\n';

function scan(text: string) {
  const into = { ...PROCESS_FIELDS };
  const isStat = scanStat(Buffer.from(text, 'latin1'), text.length, into);
  return { isStat, into };
}

test('stat: fields are counted from the last bracket, whatever the name holds', () => {
  expect(scan(STAT)).toEqual({
    isStat: true,
    into: {
      ...{ ppid: 7, session: 41, cpuTicks: 100, threads: 3, startTicks: 98765, residentPages: 55 },
      hasEnded: false,
    },
  });
});

test('stat: a zombie has ended, unless it is only the first thread of a process that goes on', () => {
  const first = STAT.replace(') T ', ') Z ');
  expect(scan(first).into.hasEnded).toBe(false);
  expect(scan(first.replace(' 20 0 3 ', ' 20 0 1 ')).into.hasEnded).toBe(true);
});

test('stat: a text that is none changes nothing', () => {
  for (const text of ['', '42 (name) R 1', 'no brackets at all', '42 (name'])
    expect(scan(text)).toEqual({ isStat: false, into: PROCESS_FIELDS });
});

test('stat: tells of this very process what the other reader of it tells', () => {
  const text = readSmallFile('/proc/self/stat') ?? '';
  const row = parseStat(text);
  expect(scan(text).into).toMatchObject({
    ppid: row?.ppid,
    session: row?.session,
    startTicks: row?.startTicks,
    cpuTicks: row?.cpuTicks,
    residentPages: row?.residentPages,
  });
});

test('io: characters moved, and of these what a disk saw', () => {
  const text =
    'rchar: 100\nwchar: 20\nsyscr: 7\nsyscw: 8\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 9\n';
  const into = { ioBytes: 0, diskBytes: 0 };
  scanIo(Buffer.from(text), text.length, into);
  expect(into).toEqual({ ioBytes: 120, diskBytes: 12288 });
});
