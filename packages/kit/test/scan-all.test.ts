import type { ScanOptions, Store, StoredRecord } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { scanAll } from '../src/index.js';

/** A store of as many records, which notes what it is asked for. */
function storeOf(count: number) {
  const keys = Array.from({ length: count }, (_, index) => `k${String(index).padStart(6, '0')}`);
  const asked: ScanOptions[] = [];
  const scan = async (_: string, options: ScanOptions = {}): Promise<StoredRecord[]> => {
    asked.push(options);
    const { after = '', limit = 10 } = options;
    return keys
      .filter((key) => key > after)
      .map((key) => ({ key, value: 1 }))
      .slice(0, limit);
  };
  return { store: { scan } as Partial<Store> as Store, asked, keys };
}

async function keysOf(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of scanAll(store, 'things')) found.push(key);
  return found;
}

test('scan all: every record is found once, in the order of the keys, however many there are', async () => {
  for (const count of [0, 1, 999, 1000, 1001, 12_345]) {
    const { store, keys } = storeOf(count);
    expect(await keysOf(store)).toEqual(keys);
  }
});

test('scan all: nobody is asked for more than a thousand at a time', async () => {
  const { store, asked } = storeOf(2500);
  await keysOf(store);
  expect(asked).toEqual([
    { limit: 1000 },
    { limit: 1000, after: 'k000999' },
    { limit: 1000, after: 'k001999' },
  ]);
});
