import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
  const clock = createFakeClock();
  const said: (string | undefined)[] = [];
  let onSaid: () => void = () => undefined;
  const journal = await openReportJournal({
    clock,
    directory,
    settle: async () => {
      settled += 1;
    },
    onFailing: (error) => {
      said.push(error?.code);
      onSaid();
    },
    onTrouble: () => undefined,
  });
  const nextSaid = () => new Promise<void>((resolve) => (onSaid = resolve));
  return { journal, clock, said, nextSaid, settled: () => settled };
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

test('report journal: when reports are kept again is found out by itself, and said once', async () => {
  const { journal, clock, said, nextSaid } = await open();
  rmSync(directory, { recursive: true });
  await expect(journal.keep(report('billing'), 1)).rejects.toMatchObject({ code: 'DN_REPORT_LOG_IO' });
  mkdirSync(directory);
  await journal.keep(report('ledger'), 2);
  expect([journal.failing?.code, said]).toEqual(['DN_REPORT_LOG_IO', ['DN_REPORT_LOG_IO']]);
  const again = nextSaid();
  await clock.advance(2000);
  await again;
  expect([journal.failing, said]).toEqual([undefined, ['DN_REPORT_LOG_IO', undefined]]);
  await journal.stop();
});

test('report journal: when the clock was set back the history takes all at once, and the log keeps only what comes then', async () => {
  const hour = 3_600_000;
  const earlier = await open();
  await earlier.journal.keep(report('billing'), 2 * hour);
  await earlier.journal.stop();

  const { journal, settled } = await open();
  await journal.replay(() => undefined);
  // Before it is started nothing goes; then it is made up for.
  await journal.keep(report('ledger'), hour);
  journal.start();
  await journal.settled();
  expect(settled()).toBe(1);
  await journal.keep(report('ledger'), hour + 1000);
  await journal.settled();
  const before = settled();
  await journal.keep(report('ledger'), hour - 59_000);
  await journal.settled();
  expect(settled()).toBe(before);
  await journal.keep(report('ledger'), hour - 61_000);
  await journal.settled();
  expect(settled()).toBe(before + 1);
  await journal.keep(report('mail'), hour - 60_000);
  await journal.stop();

  const last = await open();
  const found: unknown[] = [];
  await last.journal.replay((value) => found.push(value));
  expect(found).toEqual([{ subsystem: 'mail', status: 'ok' }]);
  await last.journal.stop();
});
