import type { BudgetView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { amountText, resetText, scopeText, shareTone } from '../../src/labels/budget-text.js';

const budget: BudgetView = {
  name: 'writer',
  agents: ['writer'],
  capability: null,
  window: { kind: 'calendar', per: 'day', timeZone: 'UTC' },
  meter: 'calls',
  startsAt: 0,
  resetsAt: 86_400_000,
  measures: [],
  open: 0,
  refused: 0,
  overridden: null,
};

test('budgets: amounts carry their unit where the name of the measure does not say it', () => {
  expect(amountText({ unit: 'tokens' }, 36_100)).toBe('36.1 k');
  expect(amountText({ unit: 'USD' }, 4.5)).toBe('4.5 USD');
  expect(amountText({ unit: 'ms' }, 90_000)).toBe('1 m 30 s');
});

test('budgets: an own budget needs no word of whose it is, a shared one does', () => {
  expect(scopeText(budget)).toBe('');
  expect(scopeText({ ...budget, agents: null, capability: 'code' })).toBe('everybody: code');
  expect(scopeText({ ...budget, name: 'both', agents: ['a', 'b'] })).toBe('a, b');
});

test('budgets: when there is all of it again', () => {
  expect(resetText(budget, 86_400_000 - 7_200_000)).toBe('reset in 2 h');
  expect(resetText({ ...budget, resetsAt: null }, 0)).toBe('reset by hand');
  expect(resetText({ ...budget, window: { kind: 'rolling', lengthMs: 3_600_000 } }, 0)).toBe('within 1 h');
});

test('budgets: four fifths are a warning, all of it is bad', () => {
  expect([0, 0.79, 0.8, 0.99, 1, 2].map(shareTone)).toEqual(['good', 'good', 'warn', 'warn', 'bad', 'bad']);
});
