import type { LogEntry } from '@dreamnet/contracts';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { createLogPrinter } from '../../src/cli/log-text.js';

const plain = { colors: picocolors.createColors(false), isPerson: false };
const person = { colors: picocolors.createColors(true), isPerson: true };

function entry(line: string, rest: Partial<LogEntry> = {}): LogEntry {
  return { agent: 'web', stream: 'out', at: 0, level: null, line, ...rest };
}

test('log line: names as wide as the widest so far, each agent its own colour', () => {
  const print = createLogPrinter(plain, { withNames: true, withTimes: false });
  expect([entry('one'), entry('two', { agent: 'worker' }), entry('three')].map(print)).toEqual([
    'web | one',
    'worker | two',
    'web    | three',
  ]);
  const coloured = createLogPrinter(person, { withNames: true, withTimes: false });
  expect(coloured(entry('x'))).not.toBe(coloured(entry('x', { agent: 'other' })));
  expect(coloured(entry('x'))).toBe(coloured(entry('x')));
});

test('log line: what controls the terminal does not get through, colours do for a person', () => {
  const line = 'a\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007\0\r\u0007\tb\u009b';
  expect(createLogPrinter(plain, { withNames: false, withTimes: false })(entry(line))).toBe(
    'ared^@^M^G\tb^?',
  );
  expect(createLogPrinter(person, { withNames: false, withTimes: false })(entry(line))).toBe(
    'a\u001b[31mred\u001b[0m^@^M^G\tb^?\u001b[0m',
  );
});

test('log line: its level colours it', () => {
  const print = createLogPrinter(person, { withNames: false, withTimes: false });
  const { red, yellow } = person.colors;
  expect(print(entry('x', { level: 'error' }))).toBe(red('x'));
  expect(print(entry('x', { stream: 'err' }))).toBe(yellow('x'));
  expect(print(entry('x'))).toBe('x');
});
