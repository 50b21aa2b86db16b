import { expect, test } from 'vitest';
import { formatMarker, parseMarker, readMarker } from '../../src/linux/marker.js';
import { ageMs, isAlive, readBootId, signalProcess } from '../../src/linux/process-identity.js';
import { hasEnded, parseStat, readProcess, readProcessTable } from '../../src/linux/process-table.js';

const STAT =
  '42 (a) b (c)) T 7 42 41 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 3 0 98765 1000 55 18446744073709551615 0\n';

test('stat: fields are counted from the last bracket, whatever the name holds', () => {
  expect(parseStat(STAT)).toEqual({
    ...{ pid: 42, ppid: 7, group: 42, session: 41, state: 'T' },
    ...{ startTicks: 98765, cpuTicks: 100, residentPages: 55 },
    threads: 3,
  });
});

test('stat: a zombie has ended, unless it is only the first thread of a process that goes on', () => {
  const first = STAT.replace(') T ', ') Z ');
  expect(hasEnded(parseStat(first))).toBe(false);
  expect(hasEnded(parseStat(first.replace(' 20 0 3 ', ' 20 0 1 ')))).toBe(true);
  expect(hasEnded(parseStat(STAT.replace(') T ', ') X ')))).toBe(true);
  expect(hasEnded(undefined)).toBe(true);
});

test('stat: a text that is none gives nothing', () => {
  expect(parseStat('')).toBeUndefined();
  expect(parseStat('42 (name) R 1')).toBeUndefined();
});

test('process table: holds ourselves, with our parent', () => {
  const row = readProcessTable().find(({ pid }) => pid === process.pid);
  expect(row?.ppid).toBe(process.ppid);
  expect(readProcess(0)).toBeUndefined();
});

test('identity: the same pid with another start or another boot is somebody else', () => {
  const bootId = readBootId();
  const startTicks = readProcess(process.pid)?.startTicks ?? -1;
  expect(isAlive({ pid: process.pid, startTicks, bootId }, bootId)).toBe(true);
  expect(isAlive({ pid: process.pid, startTicks: startTicks + 1, bootId }, bootId)).toBe(false);
  expect(isAlive({ pid: process.pid, startTicks, bootId: 'another' }, bootId)).toBe(false);
  // Would end this test run if it were not refused.
  expect(signalProcess({ pid: process.pid, startTicks: startTicks + 1 }, 'SIGKILL')).toBe(false);
  expect(ageMs(startTicks)).toBeGreaterThan(0);
});

test('marker: is read back as it was written, other texts are none', () => {
  const marker = { instanceId: 'node-1', processId: 'a.b@2', generation: 17 };
  expect(parseMarker(formatMarker(marker))).toEqual(marker);
  expect(parseMarker('node-1/a')).toBeUndefined();
  expect(parseMarker('node-1/a/x')).toBeUndefined();
  expect(readMarker(0)).toBeUndefined();
});
