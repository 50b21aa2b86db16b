import type {
  Clock,
  Domain,
  GlobalHealthScores,
  HealthExplanation,
  SubsystemSummary,
} from '@dreamnet/contracts';
import type { HealthRecord } from './health-record.js';
import { createScoreBook } from './scores/score-book.js';

/** Summaries and scores of all subsystems; looking at them costs what changed since the last look. */
export interface HealthBoard {
  readonly records: ReadonlyMap<string, HealthRecord>;
  add(record: HealthRecord): void;
  drop(record: HealthRecord): void;
  /** Something about it changed. O(1). */
  mark(record: HealthRecord): void;
  /** The same array as before when nothing changed; an array once given out is never changed. */
  summaries(): readonly SubsystemSummary[];
  scores(): GlobalHealthScores;
  explain(domain: Domain): HealthExplanation;
}

/** A board over the given records, which it keeps up to date by `add` and `drop`. */
export function createHealthBoard(clock: Clock, records: Map<string, HealthRecord>): HealthBoard {
  const moment = () => ({ now: clock.now(), nowMs: clock.monotonic() });
  const book = createScoreBook();
  let dirty: HealthRecord[] = [];
  let summaries: SubsystemSummary[] = [];
  const mark = (record: HealthRecord): void => {
    if (record.isDirty) return;
    record.isDirty = true;
    dirty.push(record);
  };
  const refresh = (): void => {
    if (dirty.length === 0) return;
    // A copy of references only; a list given out earlier stays as it was.
    summaries = summaries.slice();
    const at = moment();
    for (const record of dirty) {
      record.isDirty = false;
      if (!record.isRegistered) continue;
      book.count(record, at);
      summaries[record.slot] = summaryOf(record);
    }
    dirty = [];
  };
  return {
    records,
    mark,
    add: (record) => {
      record.slot = records.size;
      records.set(record.name, record);
      mark(record);
    },
    drop: (record) => {
      refresh();
      book.discount(record);
      records.delete(record.name);
      summaries = summaries.slice();
      fillPlace(summaries, record.slot, records);
    },
    summaries: () => {
      refresh();
      return summaries;
    },
    scores: () => {
      refresh();
      return book.scores();
    },
    explain: (domain) => {
      refresh();
      return book.explain(domain, records.values(), moment());
    },
  };
}

/** The last one takes the free place, so that no other place moves. */
function fillPlace(
  summaries: SubsystemSummary[],
  place: number,
  records: ReadonlyMap<string, HealthRecord>,
): void {
  const last = summaries.pop();
  const mover = last && records.get(last.name);
  if (last === undefined || mover === undefined) return;
  summaries[place] = last;
  mover.slot = place;
}

function summaryOf({ name, status, reason, updatedAt }: HealthRecord): SubsystemSummary {
  const summary: SubsystemSummary = { name, status, details: reason };
  if (!Number.isNaN(updatedAt)) summary.lastUpdatedAt = updatedAt;
  return summary;
}
