import type { DreamnetError } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createCallCounter } from '../../../src/daemon/replicas/call-counter.js';
import { type CallLimit, type CallQueue, createCallQueue } from '../../../src/daemon/replicas/call-queue.js';
import { programError } from '../../../src/errors.js';

function setUp(more: Partial<CallLimit> = {}) {
  const clock = createFakeClock();
  const calls = createCallCounter(clock);
  const limit: CallLimit = {
    ...{ agent: 'web', maxInFlight: 1, providers: ['web#1', 'web#2'], most: 2, waitMs: 1000 },
    ...more,
  };
  const state: { isServed: boolean; refusal?: DreamnetError } = { isServed: true };
  const queue = createCallQueue({
    ...{ clock, calls },
    limitOf: (capability) => (capability === 'echo' ? limit : undefined),
    isServed: () => state.isServed,
    refusalOf: () => state.refusal,
  });
  /** Ends of the calls that are worked on, oldest first. */
  const ends: (() => void)[] = [];
  const told: string[] = [];
  /** Asks for its turn and, when it has it, is worked on by whoever works least. */
  const call = async (name: string, signal = new AbortController().signal, timeoutMs = 30_000) => {
    const turn = await queue.admit({ capability: 'echo', timeoutMs, signal });
    if (!turn.ok) {
      told.push(`${name}: ${turn.error.code}`);
      return;
    }
    const [id = ''] = [...limit.providers].sort((one, other) => calls.inFlight(one) - calls.inFlight(other));
    // Between the turn and the process others may ask.
    await Promise.resolve();
    const over = calls.begin(id);
    turn.place.given();
    told.push(`${name}: ${id} after ${turn.place.waitedMs}`);
    ends.push(() => {
      over();
      queue.ended('web');
    });
  };
  const most = () => Math.max(...limit.providers.map((id) => calls.inFlight(id)));
  return { clock, calls, limit, queue, state, call, told, ends, most };
}

const settle = (it: { clock: { advance(ms: number): Promise<void> } }) => it.clock.advance(0);

test('call queue: as many as the processes take go at once, the others in the order in which they came', async () => {
  const it = setUp({ most: 10 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) void it.call(name);
  await settle(it);
  expect(it.told).toEqual(['a: web#1 after 0', 'b: web#2 after 0']);
  expect(it.queue.waiting('web')).toBe(3);
  await it.clock.advance(200);
  it.ends.shift()?.();
  await settle(it);
  expect(it.told[2]).toBe('c: web#1 after 200');
  it.ends.shift()?.();
  it.ends.shift()?.();
  await settle(it);
  expect(it.told.slice(3).map((line) => line.slice(0, 2))).toEqual(['d:', 'e:']);
  expect(it.most()).toBe(1);
  expect(it.queue.waiting('web')).toBe(0);
});

test('call queue: beyond its length calls are refused at once, with the code and what to change', async () => {
  const it = setUp({ most: 1 });
  for (const name of ['a', 'b', 'c', 'd']) void it.call(name);
  await settle(it);
  expect(it.told.toSorted()).toEqual(['a: web#1 after 0', 'b: web#2 after 0', 'd: DN_AGENT_QUEUE_FULL']);
});

test('call queue: a queue of no length refuses nobody while there is room', async () => {
  const it = setUp({ most: 0 });
  for (const name of ['a', 'b', 'c']) void it.call(name);
  await settle(it);
  expect(it.told.toSorted()).toEqual(['a: web#1 after 0', 'b: web#2 after 0', 'c: DN_AGENT_QUEUE_FULL']);
});

test('call queue: a wait ends with its time, with the call its own, or with whoever called', async () => {
  const it = setUp({ most: 10 });
  const gone = new AbortController();
  void it.call('a');
  void it.call('b');
  void it.call('long');
  void it.call('short', new AbortController().signal, 300);
  void it.call('gone', gone.signal);
  await settle(it);
  gone.abort();
  await it.clock.advance(300);
  await it.clock.advance(700);
  expect(it.told.slice(2)).toEqual([
    'gone: DN_AGENT_CALLER_GONE',
    'short: DN_AGENT_QUEUE_LATE',
    'long: DN_AGENT_QUEUE_LATE',
  ]);
  expect(it.queue.waiting('web')).toBe(0);
});

test('call queue: whoever waits goes on waiting while nobody serves, and goes when somebody does', async () => {
  const it = setUp();
  for (const name of ['a', 'b', 'c']) void it.call(name);
  await settle(it);
  it.state.isServed = false;
  it.ends.shift()?.();
  await settle(it);
  expect(it.queue.waiting('web')).toBe(1);
  it.state.isServed = true;
  it.queue.changed();
  await settle(it);
  expect(it.told[2]).toBe('c: web#1 after 0');
});

test('call queue: a call that never reached a process frees its turn for the next one', async () => {
  const it = setUp({ maxInFlight: 1, providers: ['web#1'] });
  const lost = await it.queue.admit({
    capability: 'echo',
    timeoutMs: 1000,
    signal: new AbortController().signal,
  });
  void it.call('b');
  await settle(it);
  expect(it.told).toEqual([]);
  if (lost.ok) lost.place.given();
  await settle(it);
  expect(it.told).toEqual(['b: web#1 after 0']);
});

test('call queue: what has no limit is not held, and the end of the daemon ends every wait', async () => {
  const it = setUp({ providers: ['web#1'] });
  const other: Awaited<ReturnType<CallQueue['admit']>> = await it.queue.admit({
    ...{ capability: 'other', timeoutMs: 1, signal: new AbortController().signal },
  });
  expect(other.ok).toBe(true);
  void it.call('a');
  void it.call('b');
  await settle(it);
  it.queue.close();
  await settle(it);
  expect(it.told).toEqual(['a: web#1 after 0', 'b: DN_AGENT_NOT_RUNNING']);
});

test('call queue: 10 000 calls in a burst: none is given to a process that has as many as it may, all get through', async () => {
  const it = setUp({ maxInFlight: 3, providers: ['web#1', 'web#2', 'web#3'], most: 10_000, waitMs: 60_000 });
  for (let count = 0; count < 10_000; count += 1) void it.call(String(count));
  let most = 0;
  while (it.told.length < 10_000) {
    await settle(it);
    most = Math.max(most, it.most());
    for (const end of it.ends.splice(0)) end();
  }
  expect(most).toBe(3);
  expect(it.told.every((line, index) => line.startsWith(`${index}: web#`))).toBe(true);
});

test('call queue: when the agent will not serve any more, everybody who waits is told at once, and whoever comes then', async () => {
  const it = setUp({ providers: ['web#1'], most: 10 });
  for (const name of ['a', 'b', 'c']) void it.call(name);
  await settle(it);
  it.state.refusal = programError('DN_AGENT_NOT_RUNNING', {
    name: 'web',
    because: 'stopped',
    delivered: false,
  });
  it.queue.changed();
  await settle(it);
  expect(it.told.slice(1)).toEqual(['b: DN_AGENT_NOT_RUNNING', 'c: DN_AGENT_NOT_RUNNING']);
  expect(it.queue.waiting('web')).toBe(0);
  void it.call('d');
  await settle(it);
  expect(it.told[3]).toBe('d: DN_AGENT_NOT_RUNNING');
});
