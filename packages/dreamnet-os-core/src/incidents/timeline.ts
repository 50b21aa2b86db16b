import type { IncidentEntry } from '@dreamnet/contracts';

/** How it began is always kept … */
const FIRST_KEPT = 20;
/** … and so is what happened last; a crash loop may fill in between without end. */
const LAST_KEPT = 180;

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
