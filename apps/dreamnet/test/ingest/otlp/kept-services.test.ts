import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '@dreamnet/adapters';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { createKeptServices } from '../../../src/ingest/otlp/kept-services.js';

const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'dreamnet-services-'));
afterEach(() => rmSync(folder, { recursive: true }));

test('kept services: who has not exported for a week is forgotten, and who exports all the time costs a write an hour', async () => {
  const clock = createFakeClock(Date.UTC(2026, 10, 21));
  const store = await createSqliteStore({ path: join(folder, 'state.db'), clock });
  let commits = 0;
  const counting = {
    ...store,
    commit: (writes: Parameters<typeof store.commit>[0]) => {
      commits += 1;
      return store.commit(writes);
    },
  };
  const open = () => createKeptServices({ clock, store: counting, publish: () => undefined });
  const first = open();
  first.note('gone');
  for (let minute = 0; minute < 8 * 24 * 60; minute += 1) {
    first.note('busy');
    await clock.advance(60_000);
  }
  await first.settled();
  expect(commits).toBe(1 + 8 * 24);
  expect(await open().load()).toEqual(['busy']);
  await clock.advance(8 * DAY);
  expect(await open().load()).toEqual([]);
  await store.close();
});
