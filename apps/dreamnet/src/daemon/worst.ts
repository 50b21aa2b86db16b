import type { HealthExplanation, SubsystemStatus, SubsystemSummary } from '@dreamnet/contracts';

/** Orders in which subsystems can be listed. */
export const SUBSYSTEM_ORDERS = ['status', 'name', 'seen'] as const;
export type SubsystemOrder = (typeof SUBSYSTEM_ORDERS)[number];

/** How many subsystems and terms of scores are wanted; left out: all, as they come. */
export interface WorstOnly {
  worst?: number | undefined;
  /** Default `status`: errors first. `seen`: those unheard longest first. */
  order?: SubsystemOrder | undefined;
}

const RANK: Readonly<Record<SubsystemStatus, number>> = { error: 0, warn: 1, unknown: 2, ok: 3 };

const COMPARE: Readonly<Record<SubsystemOrder, (a: SubsystemSummary, b: SubsystemSummary) => number>> = {
  status: (a, b) => RANK[a.status] - RANK[b.status] || seenAt(a) - seenAt(b),
  name: (a, b) => (a.name < b.name ? -1 : 1),
  seen: (a, b) => seenAt(a) - seenAt(b),
};

/** The subsystems to show, in order; of equals those unheard longest come first. */
export function pickSubsystems(
  subsystems: readonly SubsystemSummary[],
  { worst, order }: WorstOnly,
): SubsystemSummary[] {
  if (worst === undefined && order === undefined) return [...subsystems];
  return [...subsystems].sort(COMPARE[order ?? 'status']).slice(0, worst);
}

/** The terms that cost most; what the others give and cost together is said, so that the account stays whole. */
export function worstTerms(explanation: HealthExplanation, worst: number | undefined): HealthExplanation {
  const terms = [...explanation.terms].sort((a, b) => b.loss - a.loss);
  if (worst === undefined || terms.length <= worst) return { ...explanation, terms };
  const omitted = { terms: 0, contribution: 0, loss: 0 };
  for (const { contribution, loss } of terms.slice(worst)) {
    omitted.terms += 1;
    omitted.contribution += contribution;
    omitted.loss += loss;
  }
  return {
    ...explanation,
    terms: terms.slice(0, worst),
    omitted,
    ...(explanation.leftOut && { leftOut: explanation.leftOut.slice(0, worst) }),
  };
}

/** How many subsystems are how. */
export function countStatuses(subsystems: readonly SubsystemSummary[]): Record<SubsystemStatus, number> {
  const counts = { ok: 0, warn: 0, error: 0, unknown: 0 };
  for (const { status } of subsystems) counts[status] += 1;
  return counts;
}

function seenAt({ lastUpdatedAt }: SubsystemSummary): number {
  return lastUpdatedAt ?? 0;
}
