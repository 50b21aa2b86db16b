import type { HealthReport } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeBlock } from '../../src/ingest/line-block.js';
import { createNameBook } from '../../src/ingest/name-book.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { createRateLimit } from '../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../src/ingest/report-desk.js';

const ARRIVED = 1_700_000_000_000;

function take(lines: readonly string[]) {
  const named: string[] = [];
  const desk = createReportDesk({
    heartbeat: ({ subsystem, seq }: HealthReport, _columns, arrivedAt) => {
      expect(arrivedAt).toBe(ARRIVED);
      if (subsystem === 'nobody') return { accepted: false, because: 'unknown_subsystem' };
      if (seq === 0) return { accepted: false, because: 'duplicate' };
      named.push(subsystem);
      return { accepted: true };
    },
    rate: createRateLimit(createFakeClock(), 1000),
  });
  const reader = new PlainReportReader(createNameBook());
  const { kept, refusals, ...counts } = takeBlock(Buffer.from(lines.join('\n')), {
    desk,
    reader,
    at: ARRIVED,
  });
  const keptNames = (JSON.parse(`[${kept.toString()}]`) as HealthReport[]).map(({ subsystem }) => subsystem);
  return {
    counts,
    named,
    keptNames,
    refusals: refusals.map(({ line, refusal }) => `${line} ${refusal.code}`),
  };
}

const line = (subsystem: string, more = {}) => JSON.stringify({ subsystem, status: 'ok', ...more });

/** By what becomes of it: accepted plain and not plain, stale, refused, no JSON, none. */
const LINES = {
  plain: line('plain', { metrics: { m: 1 } }),
  odd: line('odd', { details: 'ä' }),
  stale: line('stale', { seq: 0 }),
  unknown: line('nobody'),
  invalid: line('invalid', { colour: 1 }),
  broken: '{"subsystem":',
  empty: '',
};

test('line block: whatever stands on the lines, each is counted once and exactly the accepted ones are kept', () => {
  const kinds = Object.keys(LINES) as (keyof typeof LINES)[];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 12 }), (block) => {
      const { counts, named, keptNames } = take(block.map((kind) => LINES[kind]));
      const accepted = block.filter((kind) => kind === 'plain' || kind === 'odd');
      const of = (...wanted: string[]) => block.filter((kind) => wanted.includes(kind)).length;
      expect(counts).toEqual({
        lines: block.length,
        accepted: accepted.length,
        stale: of('stale'),
        refused: of('unknown', 'invalid', 'broken'),
      });
      expect(named).toEqual(accepted);
      expect(keptNames).toEqual(accepted);
    }),
    { numRuns: 1000 },
  );
});

test('line block: a refusal names its line, and one line is never taken for two', () => {
  const two = `${line('a')},${line('b')}`;
  expect(take([line('plain'), two, line('nobody'), line('plain')])).toMatchObject({
    keptNames: ['plain', 'plain'],
    refusals: ['1 DN_REPORT_NOT_JSON', '2 DN_REPORT_UNKNOWN'],
  });
});
