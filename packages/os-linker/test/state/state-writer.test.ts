import type { Store, StoreWrite } from '@dreamnet/contracts';
import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createLedgerWriter } from '../../src/resources/ledger-writer.js';
import { createStateWriter } from '../../src/state/state-writer.js';

function rig() {
  const stored = new Set<string>();
  const commit = async (writes: readonly StoreWrite[]) => {
    for (const write of writes) if (write.op === 'put') stored.add(write.key);
  };
  const isEndless = (write: StoreWrite) => write.op === 'put' && write.key === 'endless';
  const store = refuseForGood({ commit }, isEndless) as unknown as Store;
  return { store, stored };
}

const put = (key: string): StoreWrite => ({ op: 'put', collection: 'c', key, value: 1 });

test('state writer: who gives a record that can never be stored fails alone, with all that was given with it', async () => {
  const { store, stored } = rig();
  const told: unknown[] = [];
  const writer = createStateWriter(store, { clock: createFakeClock(), publish: (...all) => told.push(all) });
  const outcomes = Promise.allSettled([
    writer.commit('first', [put('a')]),
    writer.commit('second', [put('with'), put('endless')]),
    writer.commit('third', [put('b')]),
  ]);
  writer.writeLater('fourth', [put('endless')]);
  writer.writeLater('fifth', [put('d')]);
  await writer.flush();
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect([...stored]).toEqual(['a', 'b', 'd']);
  expect(told).toEqual([['store.failed', 'os-linker', { operation: 'fourth', error: 'it is too long' }]]);
  expect([writer.isUnsaved(put('endless')), writer.isUnsaved(put('a'))]).toEqual([true, false]);
});

test('ledger writer: who keeps a record that can never be stored is refused alone, and it is not tried with what others keep', async () => {
  const { store, stored } = rig();
  const writer = createLedgerWriter(store, () => 1);
  const keep = (...keys: string[]) => writer.keep(keys.map((key) => ({ collection: 'c', key })));
  const outcomes = await Promise.allSettled([keep('a'), keep('with', 'endless'), keep('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await keep('d');
  expect([...stored].sort()).toEqual(['a', 'b', 'd', 'with']);
});
