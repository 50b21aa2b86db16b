import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createPackedRecords } from '../../../src/alert-delivery/keeping/packed-records.js';
import { createTestStore } from '../../support.js';

test('packed records: a thing that can never be stored is found among those packed with it, told once and left out', async () => {
  const clock = createFakeClock();
  const { store, collection } = createTestStore();
  refuseForGood(store, (write) => write.op === 'put' && JSON.stringify(write.value).includes('endless'));
  const told: unknown[] = [];
  const packs = createPackedRecords({
    ...{ clock, store, collection: 'packs', delayMs: 1000 },
    publish: (_type, _subject, data) => told.push(data),
    read: (key) => key,
    weigh: () => 1,
    onLoaded: () => true,
  });
  for (let at = 0; at < 100; at += 1) packs.touch(at === 50 ? 'endless' : `thing-${at}`);
  await packs.settled();
  await clock.advance(60_000);
  const stored = [...collection('packs').values()].flatMap((pack) => pack as [string, unknown][]);
  expect(new Set(stored.map(([key]) => key)).size).toBe(99);
  expect(told).toEqual([
    { operation: 'commit', error: expect.stringContaining("'packs: endless' can never be stored") },
  ]);
  await packs.stop();
});
