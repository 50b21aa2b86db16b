import type { LogEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createLineParser } from '../../src/api/log-stream.js';
import { logChoiceOf, logPathOf, MOST_LINES, withNewLines } from '../../src/pages/logs/log-request.js';

const entry = (line: string): LogEntry => ({ agent: 'a', stream: 'out', at: 0, level: null, line });

test('log request: what is chosen in the address is asked for; new lines come unless one says no', () => {
  expect(logPathOf(logChoiceOf([], {}))).toBe('api/logs?lines=500&follow=true');
  const choice = logChoiceOf(['a&b'], { level: 'warn', text: 'x y', follow: 'no' });
  expect(logPathOf(choice)).toBe('api/logs?lines=500&agents=a%26b&level=warn&grep=x+y');
});

test('log lines: numbers go on, and only the newest stay', () => {
  const first = withNewLines([], [entry('1'), entry('2')]);
  const more = withNewLines(
    first,
    Array.from({ length: MOST_LINES - 1 }, (_, at) => entry(String(at + 3))),
  );
  expect(more).toHaveLength(MOST_LINES);
  expect([more[0]?.number, more.at(-1)?.number]).toEqual([2, MOST_LINES + 1]);
  expect(more.at(-1)?.entry.line).toBe(String(MOST_LINES + 1));
});

test('log stream: lines across pieces, empty ones are signs of life', () => {
  const parse = createLineParser();
  expect(parse('{"line":"a"}\n\n{"li')).toEqual([{ line: 'a' }]);
  expect(parse('ne":"b"}\n')).toEqual([{ line: 'b' }]);
});
