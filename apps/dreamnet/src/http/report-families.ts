import type { DeskCounts } from '../ingest/report-desk.js';
import type { Family } from './exposition.js';

/** Reports by what became of them, whatever way they came. */
export function reportFamilies(counts: Readonly<DeskCounts>): readonly Family[] {
  const outcomes = {
    accepted: counts.accepted,
    stale: counts.stale,
    invalid: counts.invalid,
    unknown: counts.unknown,
    foreign: counts.foreign,
    too_many: counts.tooMany,
  };
  return [
    {
      name: 'dreamnet_reports_total',
      type: 'counter',
      help: 'Reports of subsystems by what became of them.',
      samples: Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count]),
    },
  ];
}
