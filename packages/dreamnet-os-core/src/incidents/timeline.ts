import type { IncidentEntry, IncidentStage } from '@dreamnet/contracts';

/** How it began is always kept … */
const FIRST_KEPT = 20;
/** … and so is what happened last; a crash loop may fill in between without end. */
const LAST_KEPT = 180;

/** What ends a round of an incident: what came after it is told after it. */
const ENDS: ReadonlySet<IncidentStage> = new Set(['verified', 'escalated', 'resolved']);

/**
 * Adds an entry to a timeline. An alert is told when it is active and was `detected` before: it stands where it belongs
 * in time, though never before the entry that opened the incident nor before the end of a round. All else comes last.
 *
 * @param now Epoch ms. What is later was written before the wall clock was set back, and says nothing of the order.
 */
export function addEntry(
  stages: readonly IncidentEntry[],
  entry: IncidentEntry,
  now: number,
): IncidentEntry[] {
  const isPassed = ({ stage, at }: IncidentEntry): boolean => at > entry.at && at <= now && !ENDS.has(stage);
  const last = stages.findLastIndex((other, place) => place === 0 || !isPassed(other));
  return entry.stage === 'detected' ? stages.toSpliced(last + 1, 0, entry) : [...stages, entry];
}

/** Keeps a timeline bounded: the middle gives way to one note that counts what was left out. */
export function boundTimeline(stages: readonly IncidentEntry[]): IncidentEntry[] {
  if (stages.length <= FIRST_KEPT + LAST_KEPT + 1) return [...stages];
  const first = stages.slice(0, FIRST_KEPT);
  const last = stages.slice(-LAST_KEPT);
  const middle = stages.slice(FIRST_KEPT, -LAST_KEPT);
  const leftOut = middle.reduce((sum, entry) => sum + (countLeftOut(entry) ?? 1), 0);
  const at = middle[0]?.at ?? 0;
  const subsystem = middle[0]?.subsystem ?? '';
  const summary = `${leftOut} entries left out`;
  return [...first, { at, stage: 'note', subsystem, summary, evidence: { leftOut } }, ...last];
}

function countLeftOut(entry: IncidentEntry): number | undefined {
  const { leftOut } = entry.evidence;
  return typeof leftOut === 'number' ? leftOut : undefined;
}
