import { expect, test } from 'vitest';
import { matchesVersion, parseVersionPattern } from '../src/index.js';

const matches = (pattern: string, installed: string) => {
  const parsed = parseVersionPattern(pattern);
  return parsed !== undefined && matchesVersion(parsed, installed);
};

test.each([
  ['nodejs-20.x', 'nodejs-20.20.2', true],
  ['nodejs-20.x', 'nodejs-22.1.0', false],
  ['nodejs-20', 'nodejs-20.20.2', true],
  ['python-3.11', 'python-3.11.7', true],
  ['python-3.1', 'python-3.11.7', false],
  ['python-3.x', 'python-3.11.7', true],
  ['python-3.x', 'nodejs-3.11.7', false],
  ['python-3.11.8', 'python-3.11.7', false],
  ['nodejs-x', 'nodejs-18.0.0', true],
  ['NodeJS-20.*', 'nodejs-20.0.0', true],
  ['nodejs', 'nodejs-20.0.0', true],
  ['nodejs-20.1.2', 'nodejs-20', false],
])('version pattern: %s against %s is %s', (pattern, installed, expected) => {
  expect(matches(pattern, installed)).toBe(expected);
});

test.each(['', '-', '20.x', 'nodejs-20.x.x.x.x', 'node js-20', 'nodejs-20.x\n', 'nodejs-99999999999'])(
  'version pattern: %j is not a pattern',
  (text) => {
    const parsed = parseVersionPattern(text);
    expect(parsed === undefined || parsed.parts.length === 0).toBe(true);
  },
);
