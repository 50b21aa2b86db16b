import { expect, test } from 'vitest';
import { createBudgetAccount } from '../../src/resources/budget-account.js';

const DAY = { kind: 'calendar', per: 'day', timeZone: 'UTC' } as const;
const HOUR_MS = 3_600_000;
const NOON = Date.parse('2026-11-21T12:00:00Z');

test('account: what is charged counts until the window ends', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  account.charge(NOON, { tokens: 60, calls: 1 });
  expect(account.used(NOON)).toEqual({ tokens: 60 });
  expect(account.shortfall(NOON, { tokens: 41 })).toEqual({
    measure: 'tokens',
    used: 60,
    limit: 100,
    asked: 41,
    freeAt: Date.parse('2026-11-22T00:00:00Z'),
  });
  expect(account.shortfall(NOON, { tokens: 40 })).toBeUndefined();
  expect(account.shortfall(NOON + 12 * HOUR_MS, { tokens: 100 })).toBeUndefined();
});

test('account: used up refuses also what asks for nothing, and a limit of nothing refuses everything', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  account.charge(NOON, { tokens: 100 });
  expect(account.shortfall(NOON, {})?.measure).toBe('tokens');
  const closed = createBudgetAccount({ window: DAY, limits: { calls: 0 } });
  expect(closed.shortfall(NOON, {})).toMatchObject({ measure: 'calls', freeAt: null });
});

test('account: what is more than the whole limit never fits, and is told so', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  expect(account.shortfall(NOON, { tokens: 101 })).toMatchObject({ freeAt: null });
});

test('account: a rolling window lets go of what is older than its length, never sooner', () => {
  const window = { kind: 'rolling', lengthMs: HOUR_MS } as const;
  const account = createBudgetAccount({ window, limits: { calls: 10 } });
  for (let minute = 0; minute < 10; minute += 1) account.charge(NOON + minute * 60_000, { calls: 1 });
  expect(account.shortfall(NOON + HOUR_MS - 1, { calls: 1 })).toMatchObject({
    freeAt: NOON + HOUR_MS + 60_000,
  });
  expect(account.used(NOON + HOUR_MS)).toEqual({ calls: 10 });
  expect(account.used(NOON + HOUR_MS + 60_000)).toEqual({ calls: 9 });
  expect(account.used(NOON + 2 * HOUR_MS)).toEqual({});
});

test('account: a correction gives back what was not spent; of a window that is over only the excess counts', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  const slot = account.charge(NOON, { tokens: 80 });
  account.correct(NOON, { slot, amounts: { tokens: 80 } }, { tokens: 30 });
  expect(account.used(NOON)).toEqual({ tokens: 30 });
  const late = account.charge(NOON, { tokens: 50 });
  const tomorrow = NOON + 24 * HOUR_MS;
  account.correct(tomorrow, { slot: late, amounts: { tokens: 50 } }, { tokens: 70 });
  expect(account.used(tomorrow)).toEqual({ tokens: 20 });
});

test('account: a change of the window takes along what counts, so that it is no way to a new budget', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  account.charge(NOON, { tokens: 90 });
  account.configure(NOON + HOUR_MS, {
    window: { kind: 'calendar', per: 'hour', timeZone: 'UTC' },
    limits: { tokens: 100 },
  });
  expect(account.used(NOON + HOUR_MS)).toEqual({ tokens: 90 });
});

test('account: as written down it counts the same, and a window that is over meanwhile counts nothing', () => {
  const account = createBudgetAccount({ window: DAY, limits: { tokens: 100 } });
  account.charge(NOON, { tokens: 90 });
  account.noteLargest({ tokens: 40 });
  const terms = { window: DAY, limits: { tokens: 100 } };
  const same = createBudgetAccount(terms, account.toRecord());
  expect([same.used(NOON + 1), same.largest.tokens]).toEqual([{ tokens: 90 }, 40]);
  const later = NOON + 24 * HOUR_MS;
  expect(createBudgetAccount(terms, account.toRecord()).used(later)).toEqual({});
});
