import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { replayScenario } from '../../src/index.js';

const RECORDED = fileURLToPath(
  new URL('../../../../../shared/bench/supervision/otp-supervisor-dev.ndjson', import.meta.url),
);

const scenario = {
  id: 'x',
  strategy: 'one_for_one',
  intensity: 1,
  period: 5,
  children: [{ id: 'c1', restart: 'permanent' }],
  events: [{ child: 'c1', exit: 'killed', waitMs: 0 }],
  expected: [{ sup: 'alive', children: { c1: { state: 'running', starts: 2 } } }],
};

test('replay: every scenario recorded from Erlang/OTP 25 comes out the same', (ctx) => {
  if (!existsSync(RECORDED)) return ctx.skip('the recorded scenarios are not beside this checkout');
  const lines = readFileSync(RECORDED, 'utf8').trim().split('\n');
  const outcomes = lines.map((line, at) => replayScenario(line, at + 1));
  expect(outcomes.filter(({ mismatch }) => mismatch)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(200);
});

test('replay: a scenario that came out differently names step, expectation and outcome', () => {
  const wrong = { ...scenario, expected: [{ sup: 'dead' }] };
  expect(replayScenario(JSON.stringify(wrong), 1).mismatch).toEqual({
    ...{ scenario: 'x', step: 0 },
    ...{ expected: 'dead', actual: 'alive: c1 running 2' },
  });
});

test.each([
  ['not JSON', '{"id":'],
  ['not an object', '[]'],
  ['unknown strategy', JSON.stringify({ ...scenario, strategy: 'all_for_one' })],
  ['unknown child', JSON.stringify({ ...scenario, events: [{ child: 'c9', exit: 'normal' }] })],
  ['unknown exit', JSON.stringify({ ...scenario, events: [{ child: 'c1', exit: 'odd' }] })],
  ['expectations missing', JSON.stringify({ ...scenario, expected: [] })],
  ['intensity of a wrong type', JSON.stringify({ ...scenario, intensity: 'many' })],
])('replay: a malformed line (%s) is a coded error with its line number', (_, line) => {
  expect(() => replayScenario(line, 42)).toThrow(
    expect.objectContaining({
      code: 'DN_SUPERVISOR_SCENARIO_INVALID',
      details: expect.objectContaining({ line: 42 }),
    }),
  );
});
