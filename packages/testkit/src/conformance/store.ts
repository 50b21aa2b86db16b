import type { Store, StoreWrite } from '@dreamnet/contracts';
import { commitStorable } from '@dreamnet/kit';
import { afterEach, describe, expect, test } from 'vitest';

/** What a driver hands to the suite. */
export interface StoreUnderTest {
  store: Store;
  /** Opens the same place again; a driver that forgets with its process leaves it out. */
  reopen?: () => Promise<Store>;
  /** Called after each test, with every opened store closed. */
  cleanUp: () => Promise<void>;
}

const put = (key: string, value: unknown, collection = 'things'): StoreWrite => ({
  op: 'put',
  collection,
  key,
  value,
});
const append = (value: unknown, journal = 'log'): StoreWrite => ({ op: 'append', journal, at: 5, value });

/**
 * The rules of the `Store` port, as tests: call it at the top of a test file, once for each driver.
 *
 * @param factory Makes a new, empty store for each test.
 */
export function storeConformance(name: string, factory: () => Promise<StoreUnderTest>): void {
  const opened: StoreUnderTest[] = [];
  const open = async (): Promise<StoreUnderTest> => {
    const made = await factory();
    opened.push(made);
    return made;
  };
  describe(`store conformance: ${name}`, () => {
    afterEach(async () => {
      for (const made of opened.splice(0)) {
        await made.store.close();
        await made.cleanUp();
      }
    });
    recordRules(open);
    byteRules(open);
    scanRules(open);
    journalRules(open);
    commitRules(open);
    unstorableRules(open);
    lifecycleRules(open);
  });
}

type Open = () => Promise<StoreUnderTest>;

function recordRules(open: Open): void {
  test('records: what was put is read back as an equal value, unknown keys are undefined', async () => {
    const { store } = await open();
    const value = { text: 'grün 🦊 \u0000', list: [1, 2.5, null, true], nested: { deep: { er: '' } } };
    await store.commit([put('a', value), put('nothing', null)]);
    expect(await store.read('things', 'a')).toEqual(value);
    expect(await store.read('things', 'nothing')).toBeNull();
    expect(await store.read('things', 'b')).toBeUndefined();
    expect(await store.read('others', 'a')).toBeUndefined();
  });

  test('records: a later put replaces, a delete removes, deleting nothing is fine', async () => {
    const { store } = await open();
    await store.commit([put('a', 1), put('b', 1)]);
    await store.commit([
      put('a', 2),
      { op: 'delete', collection: 'things', key: 'b' },
      { op: 'delete', collection: 'things', key: 'never' },
    ]);
    expect(await store.read('things', 'a')).toBe(2);
    expect(await store.read('things', 'b')).toBeUndefined();
  });

  test('records: the value is the one at the call of commit, not what became of the object', async () => {
    const { store } = await open();
    const value = { n: 1 };
    const done = store.commit([put('a', value)]);
    value.n = 2;
    await done;
    const first = (await store.read('things', 'a')) as { n: number };
    first.n = 3;
    expect(await store.read('things', 'a')).toEqual({ n: 1 });
  });
}

function byteRules(open: Open): void {
  test('bytes: are kept byte for byte, the empty ones too, and read back as bytes', async () => {
    const { store, reopen } = await open();
    const all = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7919) & 0xff);
    await store.commit([put('all', all), put('none', new Uint8Array(0)), put('json', { a: 1 })]);
    expect(await store.read('things', 'all')).toEqual(all);
    expect(await store.read('things', 'none')).toEqual(new Uint8Array(0));
    expect((await store.scan('things')).map(({ value }) => value)).toEqual([
      all,
      { a: 1 },
      new Uint8Array(0),
    ]);
    await store.commit([put('all', 'now a text')]);
    expect(await store.read('things', 'all')).toBe('now a text');
    if (!reopen) return;
    await store.close();
    const again = await reopen();
    expect(await again.read('things', 'none')).toEqual(new Uint8Array(0));
    await again.close();
  });

  test('bytes: the ones at the call of commit, and what was read is the caller’s own', async () => {
    const { store } = await open();
    const bytes = Uint8Array.of(1, 2, 3);
    const done = store.commit([put('a', bytes.subarray(1))]);
    bytes.fill(9);
    await done;
    const first = (await store.read('things', 'a')) as Uint8Array;
    first.fill(7);
    expect(await store.read('things', 'a')).toEqual(Uint8Array.of(2, 3));
  });

  test('bytes: a journal refuses them', async () => {
    const { store } = await open();
    await expect(store.commit([append(Uint8Array.of(1))])).rejects.toMatchObject({ code: 'DN_STORE_VALUE' });
  });
}

function scanRules(open: Open): void {
  test('scan: keys come in code point order, with prefix, after and limit', async () => {
    const { store } = await open();
    const keys = ['a', 'a/1', 'a/2', 'a0', 'b', 'é', '～', '🦊'];
    await store.commit([...keys].reverse().map((key) => put(key, key)));
    const scanned = async (options?: Parameters<Store['scan']>[1]) =>
      (await store.scan('things', options)).map(({ key }) => key);
    expect(await scanned()).toEqual(keys);
    expect(await scanned({ prefix: 'a/' })).toEqual(['a/1', 'a/2']);
    expect(await scanned({ prefix: '🦊' })).toEqual(['🦊']);
    expect(await scanned({ after: 'a/2', limit: 2 })).toEqual(['a0', 'b']);
    expect(await scanned({ prefix: 'a', after: 'a/1' })).toEqual(['a/2', 'a0']);
    expect(await scanned({ limit: 0 })).toEqual([]);
    expect(await store.scan('empty')).toEqual([]);
  });

  test('scan: keys alone, in the same order and with the same limits', async () => {
    const { store } = await open();
    await store.commit([put('a/1', 1), put('a/2', Uint8Array.of(1)), put('b', 3)]);
    expect(await store.scan('things', { isKeysOnly: true, prefix: 'a/' })).toEqual([
      { key: 'a/1', value: undefined },
      { key: 'a/2', value: undefined },
    ]);
    expect(await store.scan('things', { isKeysOnly: true, after: 'a/2', limit: 5 })).toEqual([
      { key: 'b', value: undefined },
    ]);
  });

  test('scan: 1000 records when nothing is said, 10000 at most, and paging sees every one once', async () => {
    const { store } = await open();
    const writes = Array.from({ length: 1205 }, (_, index) => put(String(index).padStart(5, '0'), index));
    await store.commit(writes);
    const first = await store.scan('things');
    expect(first).toHaveLength(1000);
    const rest = await store.scan('things', { after: first[999]?.key ?? '' });
    expect([...first, ...rest].map(({ value }) => value)).toEqual(writes.map((_, index) => index));
    await expect(store.scan('things', { limit: 10_001 })).rejects.toMatchObject({ code: 'DN_STORE_LIMIT' });
    await expect(store.scan('things', { limit: -1 })).rejects.toMatchObject({ code: 'DN_STORE_LIMIT' });
  });
}

function journalRules(open: Open): void {
  test('journal: numbered from 1 without holes, each journal by itself', async () => {
    const { store } = await open();
    await store.commit([append('a'), append('x', 'other'), append('b')]);
    await store.commit([append('c')]);
    expect(await store.readJournal('log')).toEqual([
      { sequence: 1, at: 5, value: 'a' },
      { sequence: 2, at: 5, value: 'b' },
      { sequence: 3, at: 5, value: 'c' },
    ]);
    expect((await store.readJournal('other')).map(({ sequence }) => sequence)).toEqual([1]);
    expect(await store.readJournal('never')).toEqual([]);
  });

  test('journal: after, limit and newest first', async () => {
    const { store } = await open();
    await store.commit(['a', 'b', 'c', 'd'].map((value) => append(value)));
    const values = async (range: Parameters<Store['readJournal']>[1]) =>
      (await store.readJournal('log', range)).map(({ value }) => value);
    expect(await values({ after: 1, limit: 2 })).toEqual(['b', 'c']);
    expect(await values({ isReversed: true, limit: 2 })).toEqual(['d', 'c']);
    expect(await values({ isReversed: true, after: 2 })).toEqual(['d', 'c']);
    expect(await values({ after: 4 })).toEqual([]);
    await expect(store.readJournal('log', { limit: 10_001 })).rejects.toMatchObject({
      code: 'DN_STORE_LIMIT',
    });
  });

  test('journal: a refused commit leaves no hole in the numbers', async () => {
    const { store } = await open();
    await store.commit([append('a')]);
    await expect(store.commit([append('lost'), put('bad', undefined)])).rejects.toThrow();
    await store.commit([append('b')]);
    expect((await store.readJournal('log')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test('journal: trimming drops the older entries and goes on counting, even when nothing is left', async () => {
    const { store } = await open();
    if (!store.trimJournal) return;
    await store.commit(['a', 'b', 'c'].map((value) => append(value)));
    expect(await store.trimJournal('log', 3)).toBe(2);
    expect(await store.readJournal('log')).toMatchObject([{ sequence: 3, value: 'c' }]);
    expect(await store.readJournal('log', { after: 1, limit: 1 })).toMatchObject([{ sequence: 3 }]);
    expect(await store.trimJournal('log', 100)).toBe(1);
    expect(await store.trimJournal('never', 100)).toBe(0);
    await store.commit([append('d')]);
    expect(await store.readJournal('log')).toMatchObject([{ sequence: 4, value: 'd' }]);
  });
}

function commitRules(open: Open): void {
  test('commit: all or nothing', async () => {
    const { store } = await open();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    await expect(store.commit([put('a', 1), put('b', cyclic)])).rejects.toMatchObject({
      code: 'DN_STORE_VALUE',
    });
    expect(await store.read('things', 'a')).toBeUndefined();
    await store.commit([]);
  });

  test('commit: among concurrent commits a bad one fails alone, the others keep their order', async () => {
    const { store } = await open();
    const outcomes = await Promise.allSettled([
      store.commit([put('a', 1), append(1)]),
      store.commit([put('a', undefined)]),
      store.commit([put('a', 2), append(2)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.read('things', 'a')).toBe(2);
    expect((await store.readJournal('log')).map(({ value }) => value)).toEqual([1, 2]);
  });

  test('commit: a name that could not be found again is refused', async () => {
    const { store } = await open();
    for (const key of ['', 'a\0b', '\ud83e', 'x'.repeat(513)])
      await expect(store.commit([put(key, 1)])).rejects.toMatchObject({ code: 'DN_STORE_NAME' });
    await expect(store.commit([put('a', 1, '')])).rejects.toMatchObject({ code: 'DN_STORE_NAME' });
    await expect(store.commit([append(1, '')])).rejects.toMatchObject({ code: 'DN_STORE_NAME' });
    await expect(
      store.commit([{ op: 'append', journal: 'log', at: Number.NaN, value: 1 }]),
    ).rejects.toMatchObject({ code: 'DN_STORE_VALUE' });
  });
}

function unstorableRules(open: Open): void {
  test('commit: every write that can never be stored is named with its place, and without them the rest is taken', async () => {
    const { store } = await open();
    const writes = [
      put('a', 1),
      put('b', 'x'.repeat(17 * 1024 * 1024)),
      append(1),
      put('c', undefined),
      put('', 1),
    ];
    await expect(store.commit(writes)).rejects.toMatchObject({
      code: 'DN_STORE_LIMIT',
      details: {
        unstorable: [
          { place: 1, because: expect.stringContaining('things/b') },
          { place: 3, because: expect.stringContaining('things/c') },
          { place: 4, because: expect.stringContaining('key') },
        ],
      },
    });
    const dropped: string[] = [];
    await commitStorable(store, writes, ({ code, message }) => dropped.push(`${code} ${message}`));
    expect(dropped).toHaveLength(3);
    expect(dropped[0]).toMatch(/^DN_KIT_RECORD_DROPPED The record 'things\/b' .* as JSON is 17/);
    expect(await store.read('things', 'a')).toBe(1);
    expect(await store.readJournal('log')).toHaveLength(1);
  });
}

function lifecycleRules(open: Open): void {
  test('close: waits for what was committed before, refuses what comes after, may be called twice', async () => {
    const { store, reopen } = await open();
    const pending = store.commit([put('a', 1)]);
    await store.close();
    await pending;
    await store.close();
    await expect(store.commit([put('b', 1)])).rejects.toMatchObject({ code: 'DN_STORE_CLOSED' });
    await expect(store.read('things', 'a')).rejects.toMatchObject({ code: 'DN_STORE_CLOSED' });
    if (!reopen) return;
    const again = await reopen();
    expect(await again.read('things', 'a')).toBe(1);
    await again.close();
  });
}
