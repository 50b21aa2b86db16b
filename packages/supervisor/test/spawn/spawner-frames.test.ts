import { expect, test } from 'vitest';
import { frame, parseMessage } from '../../src/spawn/spawner-frames.js';

test('spawner frames: a length in four bytes, a letter, fields with a zero byte between them', () => {
  expect(frame('w', [12, 345]).toString('latin1')).toBe('\x07\0\0\0w12\x00345');
  expect(frame('p').toString('latin1')).toBe('\x01\0\0\0p');
});

test.each([
  ['hello 0a1b 77', { type: 'hello', version: '0a1b' }],
  ['started 3 100 2000', { type: 'started', request: 3, pid: 100, startTicks: 2000 }],
  ['failed 3 cwd 2', { type: 'failed', request: 3, step: 'cwd', code: 'ENOENT' }],
  ['failed 3 program 0', { type: 'failed', request: 3, step: 'program', code: 'EIO' }],
  ['gone 100', { type: 'gone', pid: 100 }],
  ['own 100', { type: 'own', pid: 100 }],
  ['stirred 100', { type: 'stirred', pid: 100 }],
  ['unwatched 100', { type: 'unwatched', pid: 100 }],
  ['unsupported no pidfd: not here', { type: 'unsupported', why: 'no pidfd: not here' }],
  ['pong', { type: 'pong' }],
])('spawner lines: %s', (line, message) => {
  expect(parseMessage(line)).toEqual(message);
});

test('spawner lines: an end has a code or a signal, and when', () => {
  const end = { code: 3, signal: null, isKnown: true, at: 1700 };
  expect(parseMessage('ended 100 2000 3 - 1700')).toEqual({ type: 'ended', pid: 100, startTicks: 2000, end });
  const killed = parseMessage('ended 100 2000 - SIGKILL 1700');
  expect(killed).toMatchObject({ end: { code: null, signal: 'SIGKILL' } });
});

test.each(['', 'ended 100', 'failed 3 nowhere 2', 'started x', 'Traceback (most recent call last):'])(
  'spawner lines: %j is none of its own',
  (line) => {
    expect(parseMessage(line)).toBeUndefined();
  },
);
