import type { EventData } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { BudgetDefinition } from '../../src/resources/budget-definition.js';
import { createBudgets } from '../../src/resources/budgets.js';
import { createMemoryStore, type MemoryStore } from '../fixtures/memory-store.js';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;

function budget(limits: BudgetDefinition['limits'], more: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const window = { kind: 'calendar', per: 'day', timeZone: 'UTC' } as const;
  return { name: 'b', limits, window, reserve: {}, meter: 'calls', ...more };
}

async function bench(definitions: BudgetDefinition[], store: MemoryStore = createMemoryStore()) {
  const clock = createFakeClock(NOON);
  const events: { type: string; data: unknown }[] = [];
  const publish = <T extends keyof EventData>(type: T, _subject: string, data: EventData[T]) =>
    void events.push({ type, data });
  const live = async () => {
    const budgets = createBudgets({ store, clock, publish });
    budgets.configure(definitions);
    await budgets.open();
    return budgets;
  };
  return { store, clock, events, live, budgets: await live() };
}

type Budgets = Awaited<ReturnType<typeof bench>>['budgets'];

async function granted(budgets: Budgets, tokens?: number, agent = 'a'): Promise<string> {
  const outcome = await budgets.reserve({ agent, ...(tokens !== undefined && { told: { tokens } }) });
  if (!outcome.ok) throw outcome.refusal;
  return outcome.reservation.view.id;
}

async function spent(budgets: Budgets, money: string): Promise<string> {
  const outcome = await budgets.reserve({ agent: 'a', told: { money, tokens: 1 } });
  if (!outcome.ok) throw outcome.refusal;
  return outcome.reservation.view.id;
}

async function refusedWith(budgets: Budgets, request: Parameters<Budgets['reserve']>[0]) {
  const outcome = await budgets.reserve(request);
  return outcome.ok ? 'granted' : outcome.refusal.code;
}

const usedOf = (budgets: Budgets, measure = 'tokens') =>
  budgets.view('b').measures.find((one) => one.measure === measure)?.used;

test('ledger: a reservation is on disk before it is granted, and settling gives back the rest', async () => {
  const { budgets, store } = await bench([budget({ tokens: 100 })]);
  const id = await granted(budgets, 80);
  expect(store.dump()).toContain(id);
  expect(usedOf(budgets)).toBe(80);
  await budgets.settle(id, { agent: 'a', used: { tokens: 30 } });
  expect(usedOf(budgets)).toBe(30);
  expect(store.dump()).not.toContain(id);
});

test('ledger: the refusal names budget, used, limit and when there is room again', async () => {
  const { budgets } = await bench([budget({ money: 5_000_000 }, { currency: 'USD' })]);
  await budgets.reserve({ agent: 'a', told: { money: '4.99 USD' } });
  const outcome = await budgets.reserve({ agent: 'a', told: { money: '0.02 USD' } });
  expect(outcome).toMatchObject({ ok: false, refusal: { code: 'DN_BUDGET_EXCEEDED' } });
  expect(outcome.ok ? '' : outcome.refusal.message).toBe(
    "'a' may not spend 0.02 USD now: budget 'b' has used 4.99 USD of 5.00 USD; there is room again at 2026-11-22T00:00:00.000Z. Wait, or raise it: dreamnet budgets set b",
  );
  expect(outcome.ok ? {} : outcome.refusal.details).toMatchObject({ resetAt: Date.parse('2026-11-22') });
});

test('ledger: without an estimate nothing is granted; then the largest call told is what is reserved', async () => {
  const { budgets } = await bench([budget({ tokens: 100 })]);
  expect(await refusedWith(budgets, { agent: 'a' })).toBe('DN_BUDGET_NO_ESTIMATE');
  await budgets.settle(await granted(budgets, 10), { agent: 'a', used: { tokens: 25 } });
  await granted(budgets);
  expect(usedOf(budgets)).toBe(50);
});

test('ledger: nobody reserves less than the reserve of the file, and without a word exactly that', async () => {
  const { budgets } = await bench([budget({ tokens: 100 }, { reserve: { tokens: 20 } })]);
  await granted(budgets, 1);
  expect(usedOf(budgets)).toBe(20);
  await granted(budgets);
  expect(usedOf(budgets)).toBe(40);
});

test('ledger: a call that cost more than was reserved counts in full and closes the budget', async () => {
  const { budgets } = await bench([budget({ tokens: 100 })]);
  await budgets.settle(await granted(budgets, 10), { agent: 'a', used: { tokens: 150 } });
  expect(usedOf(budgets)).toBe(150);
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 0 } })).toBe('DN_BUDGET_EXCEEDED');
});

test('ledger: of a thousand calls in parallel exactly as many are granted as there is room for', async () => {
  const { budgets, store } = await bench([budget({ calls: 137, tokens: 13_700 })]);
  const before = store.commits.length;
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, () => budgets.reserve({ agent: 'a', isCall: true, told: { tokens: 100 } })),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(137);
  expect(usedOf(budgets)).toBe(13_700);
  // They share commits, or a thousand agents would queue for the disk.
  expect(store.commits.length - before).toBeLessThan(10);
});

test('ledger: parallel calls, failing disks and daemons killed in the middle never grant more than the limit', async () => {
  // A generator of its own, so that a failure can be run again.
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let round = 0; round < 20; round += 1) {
    const limit = 50 + Math.floor(random() * 400);
    const { store, live } = await bench([budget({ tokens: limit })]);
    let spent = 0;
    for (let life = 0; life < 5; life += 1) {
      const budgets = await live();
      let isDead = false;
      const call = async () => {
        const estimate = 1 + Math.floor(random() * 9);
        const outcome = await budgets.reserve({ agent: 'a', isCall: true, told: { tokens: estimate } });
        // What a dead daemon granted was never heard; what it granted before is spent.
        if (!outcome.ok || isDead) return;
        const real = Math.floor(random() * (estimate + 1));
        spent += real;
        if (random() < 0.5) return;
        await budgets
          .settle(outcome.reservation.view.id, { agent: 'a', used: { tokens: real } })
          .catch(() => undefined);
      };
      const calls = Array.from({ length: 50 }, () => {
        if (random() < 0.05) store.failNext(1);
        return call();
      });
      // Killed somewhere in the middle: nothing of what it holds in memory is ever used again.
      for (let turn = Math.floor(random() * 30); turn > 0; turn -= 1) await Promise.resolve();
      isDead = true;
      await Promise.all(calls);
    }
    expect(spent).toBeLessThanOrEqual(limit);
    const last = await live();
    expect(usedOf(last)).toBeLessThanOrEqual(limit);
    expect(usedOf(last)).toBeGreaterThanOrEqual(spent);
  }
});

test('ledger: what a call of a dead daemon reserved is spent; what an agent reserved can still be settled', async () => {
  const { budgets, live } = await bench([budget({ tokens: 100 })]);
  await budgets.reserve({ agent: 'a', isCall: true, told: { tokens: 30 } });
  const id = await granted(budgets, 40);
  const next = await live();
  expect([usedOf(next), next.view('b').open]).toEqual([70, 1]);
  await next.settle(id, { agent: 'a', used: { tokens: 5 } });
  expect(usedOf(next)).toBe(35);
});

test('ledger: a reservation nobody settles is spent in full when it expires', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 100 })]);
  const id = await granted(budgets, 40);
  await clock.advance(600_000);
  await granted(budgets, 1);
  expect([usedOf(budgets), budgets.reservations().length]).toEqual([41, 1]);
  await expect(budgets.settle(id, { agent: 'a' })).rejects.toMatchObject({
    code: 'DN_BUDGET_UNKNOWN_RESERVATION',
  });
});

test('ledger: what a call in flight reserved never expires: a freeze reaches it and what it spent counts', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 1000 })]);
  const call = { agent: 'a', isCall: true, told: { tokens: 100 }, holdMs: 90_000 };
  const first = await budgets.reserve(call);
  if (!first.ok) throw first.refusal;
  const { view, signal } = first.reservation;
  // The clock is set forward; then the daemon itself stands still for longer than the call may take.
  clock.jump(3_600_000);
  await granted(budgets, 100, 'b');
  await clock.advance(300_000);
  await granted(budgets, 100, 'b');
  expect(await budgets.freeze({ target: 'a', by: 'admin', reason: '', at: clock.now() })).toBe(1);
  expect(signal.aborted).toBe(true);
  await budgets.settle(view.id, { agent: 'a', used: { tokens: 5000 } });
  expect(usedOf(budgets)).toBe(5200);
});

test('ledger: what an agent reserved expires by the time that passed, whatever the clock is set to', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 100 })]);
  const id = await granted(budgets, 40);
  clock.jump(3_600_000);
  await granted(budgets, 1, 'other');
  await budgets.settle(id, { agent: 'a', used: { tokens: 5 } });
  expect(usedOf(budgets)).toBe(6);
  await granted(budgets, 40);
  clock.jump(-30_000);
  await clock.advance(600_000);
  await granted(budgets, 1, 'third');
  expect(budgets.reservations().map(({ agent }) => agent)).toEqual(['third']);
});

test('ledger: the next daemon lets it have what is left of its time, also when the clock was set back between', async () => {
  const { budgets, clock, live } = await bench([budget({ tokens: 100 })]);
  await granted(budgets, 40);
  await clock.advance(400_000);
  const next = await live();
  clock.jump(3_600_000);
  await clock.advance(199_000);
  await granted(next, 1, 'b');
  expect(next.reservations().map(({ agent }) => agent)).toEqual(['a', 'b']);
  await clock.advance(1000);
  await granted(next, 1, 'c');
  expect(next.reservations().map(({ agent }) => agent)).toEqual(['b', 'c']);
  clock.jump(-DAY_MS);
  await next.reset('b', 'admin');
  const last = await live();
  await clock.advance(600_000);
  await granted(last, 1, 'd');
  expect(last.reservations().map(({ agent }) => agent)).toEqual(['d']);
});

test('ledger: only whoever reserved settles', async () => {
  const { budgets } = await bench([budget({ tokens: 100 })]);
  const id = await granted(budgets, 40);
  await expect(budgets.settle(id, { agent: 'other', isUnspent: true })).rejects.toMatchObject({
    code: 'DN_BUDGET_UNKNOWN_RESERVATION',
  });
  expect(usedOf(budgets)).toBe(40);
});

test('ledger: a disk that takes nothing refuses, keeps nothing, and is tried again', async () => {
  const { budgets, store, live } = await bench([budget({ tokens: 100 })]);
  store.failNext(1);
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 60 } })).toBe('DN_BUDGET_STORE_FAILED');
  expect(usedOf(budgets)).toBe(0);
  await granted(budgets, 60);
  expect(usedOf(await live())).toBe(60);
});

test('ledger: what cannot be read is not taken for nothing', async () => {
  const store = createMemoryStore();
  await store.commit([{ op: 'put', collection: 'budget-accounts', key: 'b', value: { slots: 'gone' } }]);
  const { budgets, events } = await bench([budget({ tokens: 100 })], store);
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 1 } })).toBe('DN_BUDGET_STORE_FAILED');
  expect(events.map(({ type }) => type)).toContain('store.failed');
});

test('ledger: a clock that was put back refuses until it is past where it was, also after a restart', async () => {
  const { budgets, clock, live } = await bench([budget({ tokens: 100 })]);
  await granted(budgets, 10);
  clock.jump(-30_000);
  await granted(budgets, 10);
  clock.jump(-DAY_MS);
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 1 } })).toBe('DN_BUDGET_CLOCK_UNSURE');
  expect(await refusedWith(await live(), { agent: 'a', told: { tokens: 1 } })).toBe('DN_BUDGET_CLOCK_UNSURE');
  clock.jump(DAY_MS + 30_000);
  await granted(budgets, 10);
});

test('ledger: a clock that was years ahead is vouched for by a reset, and what it counted there counts now', async () => {
  const rolling = { kind: 'rolling', lengthMs: 3_600_000 } as const;
  const { budgets, clock, live } = await bench([
    budget({ tokens: 100 }),
    budget({ tokens: 100 }, { name: 'other', window: rolling }),
  ]);
  clock.jump(3650 * DAY_MS);
  await granted(budgets, 60);
  clock.jump(-3650 * DAY_MS);
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 1 } })).toBe('DN_BUDGET_CLOCK_UNSURE');
  await budgets.reset('b', 'admin');
  for (const ledger of [budgets, await live()]) {
    expect(ledger.view('other').measures[0]?.used).toBe(60);
    expect(await refusedWith(ledger, { agent: 'a', told: { tokens: 41 } })).toBe('DN_BUDGET_EXCEEDED');
  }
  await clock.advance(2 * 3_600_000);
  expect(budgets.view('other').measures[0]?.used).toBe(0);
});

test('ledger: as long as nobody knows what is frozen, nobody may spend', async () => {
  const store = createMemoryStore();
  await store.commit([{ op: 'put', collection: 'budget-freezes', key: '*', value: 'half a rec' }]);
  const { budgets } = await bench([], store);
  expect(await refusedWith(budgets, { agent: 'free' })).toBe('DN_BUDGET_STORE_FAILED');
});

test('ledger: the next window begins with nothing used', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 100 })]);
  await granted(budgets, 100);
  await clock.advance(DAY_MS / 2);
  expect(usedOf(budgets)).toBe(0);
  await granted(budgets, 100);
});

test('ledger: money is counted by tokens when nobody tells it, and another currency is refused', async () => {
  const terms = { currency: 'USD', tokenPrice: 3_000_000 };
  const { budgets } = await bench([budget({ money: 1_000_000 }, terms)]);
  const id = await granted(budgets, 100_000);
  expect(usedOf(budgets, 'money')).toBe(0.3);
  await budgets.settle(id, { agent: 'a', used: { tokens: 10_000 } });
  expect(usedOf(budgets, 'money')).toBe(0.03);
  expect(await refusedWith(budgets, { agent: 'a', told: { money: '1 EUR' } })).toBe(
    'DN_BUDGET_WRONG_CURRENCY',
  );
});

test('ledger: every budget that covers a spender must have room, and a refusal takes from none', async () => {
  const wide = budget({ tokens: 100 });
  const narrow = budget({ tokens: 10 }, { name: 'narrow', capability: 'code' });
  const { budgets } = await bench([wide, narrow]);
  const spend = { agent: 'a', capability: 'code.generation', told: { tokens: 11 } };
  expect(await refusedWith(budgets, spend)).toBe('DN_BUDGET_EXCEEDED');
  expect(usedOf(budgets)).toBe(0);
  expect(await refusedWith(budgets, { ...spend, capability: 'coder' })).toBe('granted');
});

test('ledger: a budget metered by the agent takes nothing from calls, and refuses them once it is used up', async () => {
  const { budgets } = await bench([budget({ tokens: 10 }, { meter: 'agent' })]);
  const call = { agent: 'a', isCall: true };
  expect(await refusedWith(budgets, call)).toBe('granted');
  expect(usedOf(budgets)).toBe(0);
  await granted(budgets, 10);
  expect(await refusedWith(budgets, call)).toBe('DN_BUDGET_EXCEEDED');
});

test('ledger: what telemetry reports counts for budgets that are metered by it', async () => {
  const { budgets } = await bench([
    budget({ tokens: 10 }, { meter: 'reports' }),
    budget({ tokens: 10 }, { name: 'other' }),
  ]);
  budgets.report({ agent: 'a' }, { tokens: 12 });
  await budgets.close();
  expect(usedOf(budgets)).toBe(12);
  expect(budgets.view('other').measures[0]?.used).toBe(0);
  expect(await refusedWith(budgets, { agent: 'a', isCall: true })).toBe('DN_BUDGET_EXCEEDED');
});

test('freeze: refuses by name, stops what is in flight, and is on disk before it is answered', async () => {
  const { budgets, live } = await bench([budget({ tokens: 100 })]);
  const inFlight = await budgets.reserve({ agent: 'a', told: { tokens: 1 } });
  const other = await budgets.reserve({ agent: 'b', told: { tokens: 1 } });
  const freeze = { target: 'a', by: 'admin', reason: 'it burns', at: NOON };
  expect(await budgets.freeze(freeze)).toBe(1);
  // It may have been sent: nobody else may be asked in its place.
  expect(inFlight.ok && inFlight.reservation.signal.reason).toMatchObject({
    code: 'DN_BUDGET_FROZEN',
    details: { delivered: true },
  });
  expect(other.ok && other.reservation.signal.aborted).toBe(false);
  for (const ledger of [budgets, await live()]) {
    const outcome = await ledger.reserve({ agent: 'a', told: { tokens: 1 } });
    expect(outcome.ok ? '' : outcome.refusal.message).toBe(
      "spending of 'a' is frozen by admin (it burns); nothing is spent until 'dreamnet freeze --release a' ends it",
    );
    expect(await refusedWith(ledger, { agent: 'b', told: { tokens: 1 } })).toBe('granted');
  }
});

test('freeze: of a budget stops all that count against it; of everything also those without a budget', async () => {
  const { budgets } = await bench([budget({ tokens: 100 }, { agents: ['a'] })]);
  await budgets.freeze({ target: 'b', by: 'admin', reason: '', at: NOON });
  expect(await refusedWith(budgets, { agent: 'a', told: { tokens: 1 } })).toBe('DN_BUDGET_FROZEN');
  expect(await refusedWith(budgets, { agent: 'free' })).toBe('granted');
  await budgets.freeze({ target: '*', by: 'admin', reason: '', at: NOON });
  const refused = await budgets.reserve({ agent: 'free' });
  expect(refused.ok ? '' : refused.refusal.message).toBe(
    "spending of everybody is frozen by admin; nothing is spent until 'dreamnet freeze --release' ends it",
  );
});

test('freeze: a reservation that was being written when it came is not granted', async () => {
  const { budgets } = await bench([budget({ tokens: 100 })]);
  const asked = budgets.reserve({ agent: 'a', told: { tokens: 10 } });
  const frozen = budgets.freeze({ target: '*', by: 'admin', reason: '', at: NOON });
  expect(await asked).toMatchObject({ ok: false, refusal: { code: 'DN_BUDGET_FROZEN' } });
  await frozen;
  expect(usedOf(budgets)).toBe(0);
});

test('freeze: a release that cannot be written down does not happen', async () => {
  const { budgets, store } = await bench([budget({ tokens: 100 })]);
  await budgets.freeze({ target: '*', by: 'admin', reason: '', at: NOON });
  store.failNext(1);
  await expect(budgets.release('*', 'admin')).rejects.toMatchObject({ code: 'DN_BUDGET_NOT_KEPT' });
  expect(await refusedWith(budgets, { agent: 'a' })).toBe('DN_BUDGET_FROZEN');
  await budgets.release('*', 'admin');
  await granted(budgets, 1);
  await expect(budgets.release('*', 'admin')).rejects.toMatchObject({ code: 'DN_BUDGET_NOT_FROZEN' });
});

test('limits: set by hand they hold after a restart, until they are taken back', async () => {
  const { budgets, live } = await bench([budget({ tokens: 100 })]);
  await budgets.setLimits('b', { tokens: 5 }, 'admin');
  const next = await live();
  expect(await refusedWith(next, { agent: 'a', told: { tokens: 6 } })).toBe('DN_BUDGET_EXCEEDED');
  expect(next.view('b').overridden).toEqual({ by: 'admin', at: NOON });
  await next.setLimits('b', undefined, 'admin');
  expect(await refusedWith(next, { agent: 'a', told: { tokens: 6 } })).toBe('granted');
  await expect(next.setLimits('c', {}, 'admin')).rejects.toMatchObject({ code: 'DN_BUDGET_UNKNOWN' });
});

test('reset: what was spent is forgotten, what is reserved stays reserved', async () => {
  const { budgets, live } = await bench([budget({ tokens: 100 })]);
  await budgets.settle(await granted(budgets, 50), { agent: 'a' });
  const open = await granted(budgets, 20);
  await budgets.reset('b', 'admin');
  expect(usedOf(await live())).toBe(20);
  await budgets.settle(open, { agent: 'a', used: { tokens: 3 } });
  expect(usedOf(budgets)).toBe(3);
});

test('ledger: a call dearer than the whole limit closes its window only; the next calls of the next one run', async () => {
  for (const tokens of [1500, 9e15]) {
    const { budgets, clock, live } = await bench([budget({ tokens: 1000 }, { reserve: { tokens: 100 } })]);
    await budgets.settle(await granted(budgets), { agent: 'a', used: { tokens } });
    expect(await refusedWith(budgets, { agent: 'a' })).toBe('DN_BUDGET_EXCEEDED');
    await clock.advance(DAY_MS / 2);
    const again = await live();
    // The first one shows whether that is what calls cost now: it has the window for itself until it is settled.
    const first = await granted(again);
    expect(await refusedWith(again, { agent: 'a' })).toBe('DN_BUDGET_EXCEEDED');
    await again.settle(first, { agent: 'a', used: { tokens: 10 } });
    for (const id of [await granted(again), await granted(again)])
      await again.settle(id, { agent: 'a', used: { tokens: 10 } });
    expect(usedOf(again)).toBe(30);
  }
});

test('ledger: tokens nobody told, at their price, are never more money than an empty budget has', async () => {
  const terms = { currency: 'USD', tokenPrice: 3_000_000, reserve: { tokens: 100 } };
  const { budgets, clock } = await bench([budget({ tokens: 1000, money: 2000 }, terms)]);
  await budgets.settle(await granted(budgets), { agent: 'a', used: { tokens: 900 } });
  await clock.advance(DAY_MS / 2);
  await budgets.settle(await granted(budgets), { agent: 'a', used: { tokens: 10 } });
  expect(usedOf(budgets, 'money')).toBe(0.00003);
  const told = { agent: 'a', told: { tokens: 900 } };
  expect(await refusedWith(budgets, told)).toBe('DN_BUDGET_EXCEEDED');
});

test('reset: the largest call is forgotten where a reserve says what to go by, and else is no more than the limit', async () => {
  for (const reserve of [{ tokens: 100 }, {}]) {
    const { budgets } = await bench([budget({ tokens: 1000 }, { reserve })]);
    await budgets.settle(await granted(budgets, 10), { agent: 'a', used: { tokens: 1500 } });
    await budgets.reset('b', 'admin');
    await granted(budgets);
    expect(usedOf(budgets)).toBe(reserve.tokens ?? 1000);
  }
});

test('refusals: a thousand a second are one event with a number', async () => {
  const { budgets, events, clock } = await bench([budget({ calls: 1 })]);
  await Promise.all(Array.from({ length: 1000 }, () => budgets.reserve({ agent: 'a', isCall: true })));
  await clock.advance(1000);
  await budgets.reserve({ agent: 'a', isCall: true });
  const told = events.filter(({ type }) => type === 'budget.refused').map(({ data }) => data);
  expect(told).toMatchObject([{ untold: 0 }, { untold: 998 }]);
  expect(budgets.view('b').refused).toBe(1000);
});

test('amounts: what is negative, no number or no money is refused and takes nothing', async () => {
  const { budgets } = await bench([budget({ tokens: 100 })]);
  for (const told of [{ tokens: -1 }, { tokens: Number.NaN }, { money: 'much' }, { wallTime: Infinity }])
    expect(await refusedWith(budgets, { agent: 'a', told })).toBe('DN_BUDGET_BAD_AMOUNT');
  const id = await granted(budgets, 10);
  await expect(budgets.settle(id, { agent: 'a', used: { tokens: -100 } })).rejects.toMatchObject({
    code: 'DN_BUDGET_BAD_AMOUNT',
  });
  expect(usedOf(budgets)).toBe(10);
});

test('currency: money of another one is forgotten and said, never counted as if it were the new one', async () => {
  const dollars = budget({ money: 5_000_000, tokens: 100 }, { currency: 'USD' });
  const euros = budget({ money: 5_000_000, tokens: 100 }, { currency: 'EUR' });
  const { budgets, store, clock, events } = await bench([dollars]);
  await budgets.settle(await spent(budgets, '3 USD'), { agent: 'a', used: { tokens: 7, money: '3 USD' } });
  const open = await spent(budgets, '1 USD');
  await budgets.setLimits('b', { money: '4 USD', tokens: 90 }, 'admin');
  budgets.configure([euros]);
  expect([usedOf(budgets, 'money'), usedOf(budgets)]).toEqual([0, 8]);
  expect(budgets.view('b').measures.map(({ limit }) => limit)).toEqual([90, 5]);
  expect(events.at(-1)).toEqual({
    type: 'budget.changed',
    data: { change: 'currency', by: 'fleet file', forgotten: 'USD' },
  });
  // What was reserved before counts when it is told, in the new currency.
  await budgets.settle(open, { agent: 'a', used: { tokens: 1, money: '2 EUR' } });
  expect(usedOf(budgets, 'money')).toBe(2);
  await budgets.close();
  const next = createBudgets({ store, clock, publish: () => undefined });
  next.configure([euros]);
  await next.open();
  expect(usedOf(next, 'money')).toBe(2);
});

test('currency: changed while no daemon ran it is a change, too; the same one is none', async () => {
  const { budgets, store, clock, events } = await bench([budget({ money: 5_000_000 }, { currency: 'USD' })]);
  const open = await spent(budgets, '3 USD');
  await budgets.close();
  for (const [currency, used] of [
    ['USD', 3],
    ['EUR', 0],
    ['EUR', 0],
  ] as const) {
    const publish = <T extends keyof EventData>(type: T, _subject: string, data: EventData[T]) =>
      void events.push({ type, data });
    const next = createBudgets({ store, clock, publish });
    next.configure([budget({ money: 5_000_000 }, { currency })]);
    await next.open();
    expect(usedOf(next, 'money')).toBe(used);
    expect(next.reservations().map(({ id }) => id)).toEqual([open]);
    await next.close();
  }
  expect(events.filter(({ type }) => type === 'budget.changed')).toHaveLength(1);
});

test('limits: what is in flight when one is introduced counts in it with what it really used', async () => {
  const { budgets, clock } = await bench([budget({ calls: 500 }, { tokenPrice: 2_000_000 })]);
  const outcome = await budgets.reserve({ agent: 'a', isCall: true, told: { tokens: 4000 } });
  if (!outcome.ok) throw outcome.refusal;
  await budgets.setLimits('b', { tokens: 5000, wallTime: 60_000 }, 'admin');
  expect(usedOf(budgets)).toBe(0);
  await clock.advance(3000);
  await budgets.settle(outcome.reservation.view.id, { agent: 'a', used: { tokens: 50 } });
  expect([usedOf(budgets), usedOf(budgets, 'wallTime'), usedOf(budgets, 'calls')]).toEqual([50, 3000, 1]);
});

test('limits: so it does in a whole budget that came meanwhile, also through a restart', async () => {
  const all = budget({ tokens: 100, calls: 5, money: 5_000_000 }, { currency: 'USD', tokenPrice: 1_000_000 });
  const { budgets, store, clock } = await bench([]);
  const outcome = await budgets.reserve({ agent: 'a', isCall: true });
  if (!outcome.ok) throw outcome.refusal;
  budgets.configure([all]);
  await budgets.settle(outcome.reservation.view.id, { agent: 'a', used: { tokens: 30 } });
  const used = (of: Budgets) => ['tokens', 'calls', 'money'].map((measure) => usedOf(of, measure));
  expect(used(budgets)).toEqual([30, 1, 0.00003]);
  expect(budgets.reservations()).toEqual([]);
  await budgets.close();
  const next = createBudgets({ store, clock, publish: () => undefined });
  next.configure([all]);
  await next.open();
  expect(used(next)).toEqual([30, 1, 0.00003]);
});

test('limits: what was not spent, nobody told, or another meter counts is not counted in a limit that came meanwhile', async () => {
  const { budgets } = await bench([]);
  const call = async () => {
    const outcome = await budgets.reserve({ agent: 'a', isCall: true, told: { tokens: 40 } });
    if (!outcome.ok) throw outcome.refusal;
    return outcome.reservation.view.id;
  };
  const [unspent, silent, other] = [await call(), await call(), await call()];
  budgets.configure([budget({ tokens: 100, calls: 5 })]);
  await budgets.settle(unspent, { agent: 'a', isUnspent: true });
  expect([usedOf(budgets), usedOf(budgets, 'calls')]).toEqual([0, 0]);
  await budgets.settle(silent, { agent: 'a' });
  expect([usedOf(budgets), usedOf(budgets, 'calls')]).toEqual([0, 1]);
  budgets.configure([budget({ tokens: 100, calls: 5 }, { meter: 'agent' })]);
  await budgets.settle(other, { agent: 'a', used: { tokens: 7 } });
  expect([usedOf(budgets), usedOf(budgets, 'calls')]).toEqual([0, 1]);
});

test('limits: money of another currency is not counted in a budget that came meanwhile, and what is told with it is', async () => {
  const { budgets } = await bench([]);
  const id = await spent(budgets, '1 EUR');
  budgets.configure([budget({ tokens: 100, money: 5_000_000 }, { currency: 'USD' })]);
  await budgets.settle(id, { agent: 'a', used: { tokens: 7, money: '1 EUR' } });
  expect([usedOf(budgets), usedOf(budgets, 'money')]).toEqual([7, 0]);
});

const HOUR = { kind: 'calendar', per: 'hour', timeZone: 'UTC' } as const;
const MINUTE = { kind: 'calendar', per: 'minute', timeZone: 'UTC' } as const;
const ROLLING = { kind: 'rolling', lengthMs: 3_600_000 } as const;

test('windows: what was really used replaces what was reserved, also when the window was changed meanwhile', async () => {
  const { budgets } = await bench([budget({ tokens: 1000 }, { window: HOUR })]);
  const id = await granted(budgets, 900);
  budgets.configure([budget({ tokens: 1000 })]);
  expect(usedOf(budgets)).toBe(900);
  await budgets.settle(id, { agent: 'a', used: { tokens: 10 } });
  expect(usedOf(budgets)).toBe(10);
  const unspent = await granted(budgets, 90);
  budgets.configure([budget({ tokens: 1000 }, { window: ROLLING })]);
  budgets.configure([budget({ tokens: 1000 }, { window: { ...HOUR, timeZone: 'Asia/Kolkata' } })]);
  await budgets.settle(unspent, { agent: 'a', isUnspent: true });
  expect(usedOf(budgets)).toBe(10);
});

test('windows: so it does when it was changed while no daemon ran, and after the next restart', async () => {
  const { budgets, store, clock } = await bench([budget({ tokens: 1000 }, { window: HOUR })]);
  const [early, late] = [await granted(budgets, 500), await granted(budgets, 400)];
  await clock.advance(300_000);
  await budgets.close();
  const live = async (window: BudgetDefinition['window']) => {
    const next = createBudgets({ store, clock, publish: () => undefined });
    next.configure([budget({ tokens: 1000 }, { window })]);
    await next.open();
    return next;
  };
  const second = await live(ROLLING);
  await second.settle(early, { agent: 'a', used: { tokens: 7 } });
  expect(usedOf(second)).toBe(407);
  await second.close();
  const third = await live(ROLLING);
  await third.settle(late, { agent: 'a', used: { tokens: 5 } });
  expect(usedOf(third)).toBe(12);
});

test('windows: what was reserved in one that is over takes nothing from what the new one counts', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 1000 }, { window: MINUTE })]);
  const [cheap, dear] = [await granted(budgets, 500), await granted(budgets, 100)];
  await clock.advance(300_000);
  await granted(budgets, 300, 'b');
  // Its window begins where that of the first minute began.
  budgets.configure([budget({ tokens: 1000 }, { window: HOUR })]);
  await budgets.settle(cheap, { agent: 'a', used: { tokens: 10 } });
  expect(usedOf(budgets)).toBe(300);
  await budgets.settle(dear, { agent: 'a', used: { tokens: 150 } });
  expect(usedOf(budgets)).toBe(350);
});

test('windows: whoever vouches for the clock keeps what is open in other budgets replaceable', async () => {
  const { budgets, clock } = await bench([budget({ tokens: 1000 }), budget({ tokens: 1000 }, { name: 'y' })]);
  const early = await granted(budgets, 200);
  clock.jump(2 * DAY_MS);
  const ahead = await granted(budgets, 500);
  clock.jump(-2 * DAY_MS);
  await budgets.reset('b', 'admin');
  await budgets.settle(ahead, { agent: 'a', used: { tokens: 10 } });
  await budgets.settle(early, { agent: 'a', used: { tokens: 3 } });
  expect([usedOf(budgets), budgets.view('y').measures[0]?.used]).toEqual([13, 10]);
});

test('limits: what was really used replaces what was reserved while the limit, or the whole budget, was away', async () => {
  for (const meanwhile of [[budget({ calls: 9 })], []]) {
    const both = budget({ tokens: 1000, calls: 9 });
    const { budgets } = await bench([both]);
    const [spent, unspent] = [await granted(budgets, 600), await granted(budgets, 300)];
    budgets.configure(meanwhile);
    await budgets.settle(spent, { agent: 'a', used: { tokens: 10 } });
    await budgets.settle(unspent, { agent: 'a', isUnspent: true });
    budgets.configure([both]);
    expect([usedOf(budgets), usedOf(budgets, 'calls')]).toEqual([10, 1]);
  }
});

test('reset: what is reserved of a measure without a limit then is not taken from what counts when it is back', async () => {
  const { budgets } = await bench([budget({ tokens: 1000, calls: 9 })]);
  const open = await granted(budgets, 600);
  budgets.configure([budget({ calls: 9 })]);
  await budgets.reset('b', 'admin');
  budgets.configure([budget({ tokens: 1000, calls: 9 })]);
  await granted(budgets, 300);
  await budgets.settle(open, { agent: 'a', used: { tokens: 10 } });
  expect(usedOf(budgets)).toBe(310);
});

test('windows: as long as nobody could read what was spent, a change of the window writes nothing over it', async () => {
  const { budgets, store, clock } = await bench([budget({ tokens: 1000 }, { window: HOUR })]);
  await budgets.settle(await granted(budgets, 600), { agent: 'a' });
  await budgets.close();
  let isDown = true;
  const read: MemoryStore['read'] = async (collection, key) => {
    if (isDown) throw new Error('not now');
    return store.read(collection, key);
  };
  const next = createBudgets({ store: { ...store, read }, clock, publish: () => undefined });
  next.configure([budget({ tokens: 1000 }, { window: HOUR })]);
  await next.open();
  next.configure([budget({ tokens: 1000 })]);
  await next.close();
  isDown = false;
  await next.open();
  expect(usedOf(next)).toBe(600);
});
