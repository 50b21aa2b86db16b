import { expect, test } from 'vitest';
import { checkContext } from '../../src/index.js';

const context = (version: string) => ({ environment: 'production' as const, version, env: {} });

test.each([
  ['nodejs-20.x', 'nodejs-20.20.2'],
  ['python-3.11', 'python-3.11.7'],
  ['python-3.x', 'python-3.11.7'],
  ['nodejs', 'nodejs-20.20.2'],
])('runtime context: %s is met by %s', (version, matched) => {
  expect(checkContext(context(version), ['python-3.11.7', 'nodejs-20.20.2'])).toEqual({ ok: true, matched });
});

test('runtime context: a mismatch is a value with expected, observed and a remedy', () => {
  expect(checkContext(context('nodejs-22.x'), ['nodejs-20.20.2'])).toEqual({
    ok: false,
    problem: {
      key: 'runtimeContext.version',
      description: 'The agent asks for nodejs-22.x; found: nodejs-20.20.2',
      expected: 'nodejs-22.x',
      observed: 'nodejs-20.20.2',
      remedyHint: 'install nodejs-22.x, or change runtimeContext.version to what is there',
    },
  });
});

test('runtime context: nothing installed is a mismatch, not knowing is not', () => {
  expect(checkContext(context('python-3.x'), [])).toMatchObject({
    ok: false,
    problem: { observed: 'nothing installed' },
  });
  expect(checkContext(context('python-3.x'), undefined)).toEqual({ ok: true, matched: null });
});
