import { expect, test } from 'vitest';
import { QuietLogs } from '../../src/logs/quiet-logs.js';

const MIB = 1024 * 1024;

/** Which of so many looks in a row a log is passed over at. */
function passed(logs: QuietLogs, sizes: readonly number[]): string {
  return sizes
    .map((size) => {
      if (logs.isPassedOver('a')) return '-';
      logs.note('a', size);
      return 'x';
    })
    .join('');
}

test('quiet: a log that does not grow is looked at every fourth time, one that grows every time', () => {
  const logs = new QuietLogs('/logs', () => 0);
  expect(passed(logs, [1, 2, 3, 4, 5])).toBe('xxxxx');
  expect(passed(logs, [5, 5, 5, 5, 5, 5])).toBe('x---x-');
  expect(passed(logs, [5, 5, 6, 7, 8])).toBe('--xxx');
});

test('quiet: room that the disk lost since all were looked at is a reason to look at all again', () => {
  let free = 100 * MIB;
  const logs = new QuietLogs('/logs', () => free);
  expect(logs.hasDiskFilled()).toBe(true);
  logs.beginAll([]);
  free -= 5 * MIB;
  expect(logs.hasDiskFilled()).toBe(false);
  free -= 5 * MIB;
  expect(logs.hasDiskFilled()).toBe(true);
  logs.beginAll([]);
  expect(logs.hasDiskFilled()).toBe(false);
  free += 50 * MIB;
  expect(logs.hasDiskFilled()).toBe(false);
});

test('quiet: where nobody can tell the room on the disk, all are looked at every time', () => {
  const logs = new QuietLogs('/nowhere/at/all');
  logs.beginAll([]);
  expect(logs.hasDiskFilled()).toBe(true);
});

test("quiet: a log that is nobody's any more is forgotten", () => {
  const logs = new QuietLogs('/logs', () => 0);
  logs.note('a', 1);
  logs.note('a', 1);
  logs.beginAll(['b']);
  expect(logs.isPassedOver('a')).toBe(false);
});
