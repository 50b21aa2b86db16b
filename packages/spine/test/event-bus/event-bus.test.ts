import type { DreamnetEvent } from '@dreamnet/contracts';
import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createEventBus, createInProcessBus, createPublish, type EventBusOptions } from '../../src/index.js';
import { createMemoryStore } from '../fixtures/memory-store.js';

function setUp(options: Partial<EventBusOptions> = {}) {
  const clock = createFakeClock();
  const errors: string[] = [];
  const bus = createEventBus({
    clock,
    onError: (error, during) => errors.push(`${during}: ${error.message}`),
    ...options,
  });
  const publish = createPublish(bus, clock, 'test');
  const announce = (provider: string) => publish('route.announced', provider, { capability: 'c', provider });
  return { clock, bus, publish, announce, errors };
}

const subjects = (events: readonly DreamnetEvent[]) => events.map(({ subject }) => subject);

async function collect(entries: AsyncIterable<{ event: DreamnetEvent }>): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of entries) found.push(event.subject);
  return found;
}

test('publish: events get id, time and source, and reach matching subscribers in order', async () => {
  const { bus, clock, announce } = setUp();
  const all: DreamnetEvent[] = [];
  const some: DreamnetEvent[] = [];
  bus.subscribe('>', (event) => void all.push(event));
  bus.subscribe('route.*.b', (event) => void some.push(event));
  for (const provider of ['a', 'b', 'c']) announce(provider);
  expect(all).toEqual([]);
  await clock.advance(0);
  expect(subjects(all)).toEqual(['a', 'b', 'c']);
  expect(subjects(some)).toEqual(['b']);
  expect(all[0]).toMatchObject({ at: clock.now(), source: 'test', type: 'route.announced' });
  expect(new Set(all.map(({ id }) => id)).size).toBe(3);
});

test('delivery: a slow handler delays nobody else and gets one event at a time', async () => {
  const { bus, clock, announce } = setUp();
  const slow: string[] = [];
  const fast: string[] = [];
  let release: () => void = () => undefined;
  bus.subscribe('>', async ({ subject }) => {
    slow.push(subject);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  bus.subscribe('>', ({ subject }) => void fast.push(subject));
  for (const provider of ['a', 'b']) announce(provider);
  await clock.advance(0);
  expect(fast).toEqual(['a', 'b']);
  expect(slow).toEqual(['a']);
  release();
  await clock.advance(0);
  expect(slow).toEqual(['a', 'b']);
});

test('delivery: a throwing handler is told and goes on with the next event; others notice nothing', async () => {
  const { bus, clock, announce, errors } = setUp();
  const seen: string[] = [];
  bus.subscribe('>', ({ subject }) => {
    seen.push(subject);
    throw new TypeError(`no ${subject}`);
  });
  announce('a');
  announce('b');
  await clock.advance(0);
  expect(seen).toEqual(['a', 'b']);
  expect(errors).toEqual(['handler: no a', 'handler: no b']);
});

test('delivery: a full queue drops the oldest and counts', async () => {
  const { bus, clock, announce } = setUp();
  const seen: string[] = [];
  const subscription = bus.subscribe('>', ({ subject }) => void seen.push(subject), { queueLimit: 2 });
  for (const provider of ['a', 'b', 'c', 'd', 'e']) announce(provider);
  await clock.advance(0);
  expect(seen).toEqual(['d', 'e']);
  expect(subscription.dropped).toBe(3);
});

test('unsubscribe: nothing comes any more, not even what is queued', async () => {
  const { bus, clock, announce } = setUp();
  const seen: string[] = [];
  const subscription = bus.subscribe('>', ({ subject }) => void seen.push(subject));
  announce('a');
  subscription.unsubscribe();
  announce('b');
  await clock.advance(0);
  expect(seen).toEqual([]);
});

test('publish: never throws, whatever the driver does, and counts what was not delivered', async () => {
  const driver = createInProcessBus();
  const { bus, announce } = setUp({
    driver: {
      ...driver,
      publish: () => {
        throw new TypeError('driver down');
      },
    },
  });
  announce('a');
  expect(bus.stats()).toMatchObject({ published: 1, undelivered: 1 });
  await bus.close();
  announce('b');
  expect(bus.stats()).toMatchObject({ published: 2, undelivered: 2 });
});

test('journal: events of 20 ms share one commit', async () => {
  const store = createMemoryStore();
  const { clock, announce } = setUp({ store });
  for (const provider of ['a', 'b', 'c']) announce(provider);
  await clock.advance(19);
  expect(store.commits).toEqual([]);
  await clock.advance(1);
  expect(store.commits).toEqual([3]);
});

test('journal: a failing store loses nothing within the bound, keeps the order and tells', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce, errors } = setUp({ store, pendingLimit: 3 });
  store.isFailing = true;
  announce('a');
  await clock.advance(100);
  for (const provider of ['b', 'c', 'd', 'e']) announce(provider);
  await clock.advance(60_000);
  expect(errors.length).toBeGreaterThan(2);
  expect(errors[0]).toBe('journal: disk full');
  store.isFailing = false;
  await clock.advance(6000);
  // 'a' was taken into the failing batch; of the four that came after, three had room.
  expect(await collect(bus.replay())).toEqual(['a', 'c', 'd', 'e']);
  expect(bus.stats().unrecorded).toBe(1);
});

test('replay: includes what was just published, by sequence, by time and by pattern', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce } = setUp({ store });
  announce('a');
  await clock.advance(1000);
  const since = clock.now();
  announce('b');
  announce('c');
  expect(await collect(bus.replay())).toEqual(['a', 'b', 'c']);
  expect(await collect(bus.replay({ after: 2 }))).toEqual(['c']);
  expect(await collect(bus.replay({ sinceMs: since }))).toEqual(['b', 'c']);
  expect(await collect(bus.replay({ sinceMs: since + 1 }))).toEqual([]);
  expect(await collect(bus.replay({ pattern: 'route.announced.b' }))).toEqual(['b']);
});

test('replay: by time is right even after the clock went back', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce } = setUp({ store });
  for (let index = 0; index < 40; index += 1) {
    if (index === 20) clock.jump(-5000);
    announce(String(index));
    await clock.advance(100);
  }
  const sinceMs = store.entries[10]?.at ?? 0;
  expect((await collect(bus.replay({ sinceMs })))[0]).toBe('10');
});

test('replay: pages through more than one page', async () => {
  const store = createMemoryStore();
  const { bus, announce } = setUp({ store });
  for (let index = 0; index < 1203; index += 1) announce(String(index));
  expect((await collect(bus.replay())).length).toBe(1203);
});

test('replay: without a store it says so', () => {
  const { bus } = setUp();
  expect(() => bus.replay()).toThrow(expect.objectContaining({ code: 'DN_SPINE_NO_STORE' }));
  expect(() => bus.follow()).toThrow(expect.objectContaining({ code: 'DN_SPINE_NO_STORE' }));
});

test('follow: the past, then what comes, each once and in order, until the signal', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce } = setUp({ store });
  announce('a');
  await clock.advance(20);
  const stop = new AbortController();
  const seen: string[] = [];
  const done = (async () => {
    for await (const { sequence, event } of bus.follow({ signal: stop.signal }))
      seen.push(`${sequence} ${event.subject}`);
  })();
  await clock.advance(0);
  expect(seen).toEqual(['1 a']);
  announce('b');
  await clock.advance(20);
  expect(seen).toEqual(['1 a', '2 b']);
  stop.abort();
  await done;
});

test('follow: ends when the bus is closed, after the last event', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce } = setUp({ store });
  const seen = collect(bus.follow());
  await clock.advance(0);
  announce('a');
  await bus.close();
  expect(await seen).toEqual(['a']);
  expect(clock.pendingTimers).toBe(0);
});

test('journal: old entries are trimmed to the bound', async () => {
  const store = createMemoryStore();
  const { bus, announce } = setUp({ store, keepEntries: 50 });
  for (let index = 0; index < 1000; index += 1) announce(String(index));
  await bus.flush();
  expect(store.entries.length).toBe(50);
  expect(store.entries.at(-1)?.sequence).toBe(1000);
});

test('journal: an event that can never be stored is left out by itself, named, counted and not tried again', async () => {
  const store = refuseForGood(
    createMemoryStore(),
    (write) => write.op === 'append' && (write.value as DreamnetEvent).subject === 'endless',
  );
  const { bus, clock, announce, errors } = setUp({ store });
  for (const provider of ['a', 'endless', 'b']) announce(provider);
  await clock.advance(60_000);
  expect(await collect(bus.replay())).toEqual(['a', 'b']);
  expect(errors).toEqual([
    expect.stringContaining("'events: route.announced of endless' can never be stored"),
  ]);
  expect(bus.stats()).toEqual({ published: 3, undelivered: 0, unrecorded: 1, pending: 0 });
});

test('journal: as long as its commits fail, the reason and what waits are told, and no longer', async () => {
  const store = createMemoryStore();
  const { bus, clock, announce } = setUp({ store });
  store.isFailing = true;
  announce('a');
  await clock.advance(1000);
  expect(bus.stats()).toMatchObject({ pending: 1, problem: 'disk full', unrecorded: 0 });
  store.isFailing = false;
  await clock.advance(6000);
  expect(bus.stats()).toEqual({ published: 1, undelivered: 0, unrecorded: 0, pending: 0 });
});
