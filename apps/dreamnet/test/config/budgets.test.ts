import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadFleet } from '../../src/config/load.js';
import { toBudgetDefinitions } from '../../src/daemon/spending/budget-definitions.js';

const folder = mkdtempSync(join(tmpdir(), 'dreamnet-budgets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(budget: string, budgets = '{}') {
  const file = join(folder, 'dreamnet.yaml');
  writeFileSync(
    file,
    `version: 1
agents:
  a: { runtime: custom, command: [/bin/true], resources: { budget: ${budget} } }
  b: { runtime: custom, command: [/bin/true] }
budgets: ${budgets}
`,
  );
  return toBudgetDefinitions(loadFleet(file, '/bin').fleet);
}

test('budgets: amounts as people write them', () => {
  const text =
    '{ tokens: 1.5M, money: 5 USD, calls: 1000, wallTime: 1h, per: day, timeZone: Europe/Berlin, reserve: { tokens: 2k } }';
  expect(read(text)).toEqual([
    {
      name: 'a',
      agents: ['a'],
      limits: { tokens: 1_500_000, money: 5_000_000, calls: 1000, wallTime: 3_600_000 },
      reserve: { tokens: 2000 },
      currency: 'USD',
      meter: 'calls',
      window: { kind: 'calendar', per: 'day', timeZone: 'Europe/Berlin' },
    },
  ]);
});

test('budgets: shared ones name agents, a capability, or neither', () => {
  const shared = '{ code: { capability: code, agents: [a, b], calls: 10, rolling: 24h } }';
  expect(read('{ calls: 1, per: ever }', shared)[1]).toEqual({
    name: 'code',
    agents: ['a', 'b'],
    capability: 'code',
    limits: { calls: 10 },
    reserve: {},
    meter: 'calls',
    window: { kind: 'rolling', lengthMs: 86_400_000 },
  });
});

test.each([
  ['{ per: day }', 'expected a limit'],
  ['{ calls: 1 }', 'either per (such as day) or rolling'],
  ['{ calls: 1, per: day, rolling: 1h }', 'either per (such as day) or rolling'],
  ['{ calls: 1, per: fortnight }', 'resources.budget.per'],
  ['{ tokens: 1.5, per: day }', 'resources.budget.tokens'],
  ['{ tokens: 1X, per: day }', 'expected a whole number'],
  ['{ tokens: -1, per: day }', 'resources.budget.tokens'],
  ['{ money: 5, per: day }', 'resources.budget.money'],
  ['{ money: 5 dollars, per: day }', 'expected an amount and a currency'],
  ['{ calls: 1, per: day, timeZone: Mars/Base }', 'expected the name of a time zone'],
  ['{ calls: 1, per: day, reserve: { tokens: 5 } }', 'reserves tokens, which this budget does not limit'],
  ['{ money: 5 USD, per: day, reserve: { money: 1 EUR } }', 'expected USD, as in money'],
  ['{ tokens: 5, per: day, tokenPrice: 3 USD }', 'needs money as a limit'],
  ['{ calls: 1, per: day, token: 5 }', "unknown key 'token'"],
])('budgets: %s is refused with its place', (budget, words) => {
  expect(() => read(budget)).toThrow(words);
  expect(() => read(budget)).toThrow(/dreamnet\.yaml:3:/);
});

test('budgets: a capability that nobody can serve is refused as it is for an agent', () => {
  for (const capability of [`c${'.c'.repeat(16)}`, '_c', 'c.-']) {
    const shared = `{ code: { capability: ${capability}, calls: 10, rolling: 24h } }`;
    expect(() => read('{ calls: 1, per: ever }', shared)).toThrow('expected a dotted name');
  }
});

test('budgets: one of nobody, and one named like an agent, are refused', () => {
  const own = '{ calls: 1, per: day }';
  expect(() => read(own, '{ x: { agents: [ghost], calls: 1, per: day } }')).toThrow("no agent 'ghost'");
  expect(() => read(own, '{ b: { calls: 1, per: day } }')).toThrow('resources.budget');
});
