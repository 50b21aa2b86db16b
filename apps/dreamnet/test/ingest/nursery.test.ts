import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createNursery } from '../../src/ingest/nursery.js';

const MAY_GROW = '--semi-space-growth-factor=2';

test('nursery: it may grow as long as many reports come, whoever says otherwise, is held small again when they end, and is left alone between', async () => {
  const clock = createFakeClock();
  const flags: string[] = [];
  let reports = 0;
  const nursery = createNursery(
    clock,
    () => reports,
    (flag) => flags.push(flag),
  );
  nursery.start();
  await clock.advance(5000);
  expect(flags).toEqual([]);
  reports += 2000;
  await clock.advance(1000);
  reports += 50_000;
  await clock.advance(1000);
  expect(flags).toEqual([MAY_GROW, MAY_GROW]);
  reports += 1999;
  await clock.advance(1000);
  await clock.advance(5000);
  expect(flags).toEqual([MAY_GROW, MAY_GROW, '--semi-space-growth-factor=1']);
  nursery.stop();
  reports += 50_000;
  await clock.advance(5000);
  expect(flags).toHaveLength(3);
});
