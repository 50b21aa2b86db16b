import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReportJournal } from '../../src/ingest/report-journal.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-journal-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const report = (subsystem: string) => Buffer.from(JSON.stringify({ subsystem, status: 'ok' }));

async function open() {
  let settled = 0;
  const journal = await openReportJournal({
    clock: createFakeClock(),
    directory,
    settle: async () => {
      settled += 1;
    },
    onFailing: () => undefined,
    onTrouble: () => undefined,
  });
  return { journal, settled: () => settled };
}

test('report journal: a report that comes before the earlier ones were read again does not make them go', async () => {
  const earlier = await open();
  await earlier.journal.keep(report('billing'), 1);
  await earlier.journal.stop();

  const { journal, settled } = await open();
  await journal.keep(report('ledger'), 2);
  expect(settled()).toBe(0);
  const found: unknown[] = [];
  await journal.replay((value) => found.push(value));
  expect(found).toEqual([{ subsystem: 'billing', status: 'ok' }]);
  expect(readdirSync(directory)).toHaveLength(2);
  await journal.stop();
});
