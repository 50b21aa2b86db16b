import { createMemoryStore } from '@dreamnet/adapters';
import { createBudgets } from '@dreamnet/os-linker';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { callPaid, type PaidCall } from '../../../src/daemon/spending/paid-call.js';
import { programError } from '../../../src/errors.js';

async function bench() {
  const clock = createFakeClock();
  const budgets = createBudgets({ store: createMemoryStore(), clock, publish: () => undefined });
  budgets.configure([
    {
      name: 'b',
      limits: { tokens: 1000, money: 5_000_000, wallTime: 600_000 },
      currency: 'USD',
      window: { kind: 'calendar', per: 'ever', timeZone: 'UTC' },
      reserve: { tokens: 100, money: 1_000_000 },
      meter: 'calls',
    },
  ]);
  await budgets.open();
  const troubles: string[] = [];
  const call = (invoke: PaidCall['invoke'], estimate?: PaidCall['estimate']) =>
    callPaid(
      budgets,
      {
        ...{ agent: 'a', capability: 'c', estimate, timeoutMs: 30_000 },
        signal: new AbortController().signal,
        invoke,
      },
      (text) => troubles.push(text),
    );
  const used = async () => {
    await budgets.close();
    return Object.fromEntries(budgets.view('b').measures.map((one) => [one.measure, one.used]));
  };
  return { budgets, clock, call, used, troubles };
}

test('paid call: what the answer says counts, and the time it took instead of its timeout', async () => {
  const { call, used, clock } = await bench();
  const output = await call(async () => {
    expect((await used()).wallTime).toBe(30_000);
    await clock.advance(1500);
    return { usage: { total_tokens: 40, total_cost_usd: 0.5 } };
  });
  expect(output).toMatchObject({ usage: { total_tokens: 40 } });
  expect(await used()).toEqual({ tokens: 40, money: 0.5, wallTime: 1500 });
});

test('paid call: one that surely never arrived costs nothing, any other failure what was reserved', async () => {
  const { call, used } = await bench();
  const failing = (delivered: boolean | undefined) => () =>
    Promise.reject(programError('DN_AGENT_NOT_RUNNING', { name: 'a', because: 'gone', delivered }));
  await expect(call(failing(false))).rejects.toMatchObject({ code: 'DN_AGENT_NOT_RUNNING' });
  expect(await used()).toEqual({ tokens: 0, money: 0, wallTime: 0 });
  await expect(call(failing(undefined))).rejects.toMatchObject({ code: 'DN_AGENT_NOT_RUNNING' });
  expect(await used()).toEqual({ tokens: 100, money: 1, wallTime: 0 });
});

test('paid call: one that is cancelled while its reservation is written is not made, and costs nothing', async () => {
  const { budgets, used } = await bench();
  const cancel = new AbortController();
  let isAsked = false;
  const paid = callPaid(
    budgets,
    {
      ...{ agent: 'a', capability: 'c', estimate: undefined, timeoutMs: 30_000, signal: cancel.signal },
      invoke: async () => {
        isAsked = true;
      },
    },
    () => undefined,
  );
  cancel.abort();
  await expect(paid).rejects.toMatchObject({ code: 'DN_AGENT_CALLER_GONE', details: { delivered: false } });
  expect(isAsked).toBe(false);
  expect(await used()).toEqual({ tokens: 0, money: 0, wallTime: 0 });
  expect(budgets.view('b').open).toBe(0);
});

test('paid call: figures that make no sense keep nothing from being counted', async () => {
  const { call, used, troubles } = await bench();
  await call(async () => ({ usage: { total_tokens: 40, money: 'a lot' } }));
  expect(await used()).toEqual({ tokens: 100, money: 1, wallTime: 0 });
  await call(async () => ({ usage: { total_tokens: 40, money: '0.01 EUR' } }));
  expect(await used()).toEqual({ tokens: 140, money: 2, wallTime: 0 });
  expect(troubles).toEqual([]);
});

test('paid call: a freeze ends it even when the agent ignores being cancelled', async () => {
  const { call, used, budgets } = await bench();
  let asked: AbortSignal | undefined;
  const running = call((signal) => {
    asked = signal;
    return new Promise(() => undefined);
  });
  const refused = expect(running).rejects.toMatchObject({ code: 'DN_BUDGET_FROZEN' });
  while (asked === undefined) await Promise.resolve();
  await budgets.freeze({ target: '*', by: 'admin', reason: '', at: 0 });
  await refused;
  expect(asked.aborted).toBe(true);
  expect(await used()).toMatchObject({ tokens: 100 });
});

test('paid call: what is refused never reaches the agent', async () => {
  const { call, used } = await bench();
  let calls = 0;
  const invoke = async () => {
    calls += 1;
  };
  await expect(call(invoke, { tokens: 1001 })).rejects.toMatchObject({ code: 'DN_BUDGET_EXCEEDED' });
  expect([calls, await used()]).toEqual([0, { tokens: 0, money: 0, wallTime: 0 }]);
});
