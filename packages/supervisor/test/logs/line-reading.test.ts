import { expect, test } from 'vitest';
import { isContinuation, readLine } from '../../src/logs/line-reading.js';

const AT = Date.UTC(2026, 10, 21, 18, 0, 0, 123);

test.each([
  [
    '{"level":"warn","time":"2026-11-21T18:00:00.123Z","msg":"disk"}',
    { level: 'warn', at: AT, message: 'disk' },
  ],
  [`{"level":50,"time":${AT},"msg":"no"}`, { level: 'error', at: AT, message: 'no' }],
  ['{"severity":"CRITICAL","message":"gone"}', { level: 'fatal', message: 'gone' }],
  [`{"ts":${AT / 1000},"lvl":"dbg"}`, { level: 'debug', at: AT }],
  ['{"a":1}', {}],
])('json: %s', (line, reading) => {
  expect(readLine(line)).toEqual(reading);
});

test.each([
  [
    'time=2026-11-21T18:00:00.123Z level=info msg="all is \\"well\\""',
    { level: 'info', at: AT, message: 'all is "well"' },
  ],
  ['level=error err=nil', { level: 'error' }],
  ['path=/tmp/x and then text', {}],
  ['a=1 b=2', {}],
])('logfmt: %s', (line, reading) => {
  expect(readLine(line)).toEqual(reading);
});

test.each([
  ['2026-11-21T18:00:00.123Z ERROR it broke', { level: 'error', at: AT }],
  ['[2026-11-21T18:00:00.123Z] [warn] low', { level: 'warn', at: AT }],
  ['2026-11-21 18:00:00,123+00:00 - agent - INFO - hello', { level: 'info', at: AT }],
  ['INFO:     Uvicorn running on http://127.0.0.1:8000', { level: 'info' }],
  ['error: no such file', { level: 'error' }],
  ['\u001b[33mWARN\u001b[0m careful', { level: 'warn' }],
  ['<3>the kernel says', { level: 'error' }],
  ['W1121 18:00:00.123456    7 main.go:1] slow', { level: 'warn' }],
  ['ValueError: bad value', { level: 'error' }],
  ['there was an error somewhere', {}],
  ['Warning signs are everywhere', {}],
  ['MAXIMUM 12', {}],
  ['{"level": not json}', {}],
  ['', {}],
])('plain: %s', (line, reading) => {
  expect(readLine(line)).toEqual(reading);
});

test('plain: a time without a zone is the machine’s own', () => {
  const own = new Date(2026, 10, 21, 18, 0, 0, 123).getTime();
  expect(readLine('2026-11-21 18:00:00,123 DEBUG x')).toEqual({ level: 'debug', at: own });
});

test('line: what is too long, or hostile, is not taken apart and takes no time', () => {
  expect(readLine(`{"level":"error","x":"${'y'.repeat(70_000)}"}`)).toEqual({});
  expect(readLine(`a=${'"'.repeat(60_000)}`)).toEqual({});
  expect(readLine(`${'{'.repeat(60_000)}}`)).toEqual({});
  expect(readLine(`${'a=1 '.repeat(15_000)}level=error`)).toEqual({});
});

test('continuation: the lines of stack traces go on from the line before', () => {
  expect(['    at main (a.js:1:2)', '\tat java.Main', 'Caused by: x'].every(isContinuation)).toBe(true);
  expect(['INFO x', '', '   '].some(isContinuation)).toBe(false);
});
