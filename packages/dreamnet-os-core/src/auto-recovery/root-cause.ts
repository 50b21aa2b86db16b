import type { Evidence } from '@dreamnet/contracts';

/** A failing subsystem that may explain the others. */
export interface CauseCandidate {
  name: string;
  /** Why it counts as failing. */
  reason: string;
  /** None of its own dependencies is failing. */
  isDeepest: boolean;
  /** Its process is gone or stopped, rather than only silent. */
  isDown: boolean;
  /** Epoch ms since when it fails. */
  since: number;
  evidence: Evidence;
}

export interface RootCause {
  cause: CauseCandidate;
  /** The rule that told the first from the second. */
  decidedBy: string;
  /** All candidates, the cause first. */
  candidates: readonly CauseCandidate[];
}

interface Rule {
  readonly reason: string;
  compare(left: CauseCandidate, right: CauseCandidate): number;
}

/** The first rule that tells two candidates apart decides. */
const RULES: readonly Rule[] = [
  {
    reason: 'none of its own dependencies is failing',
    compare: (left, right) => Number(right.isDeepest) - Number(left.isDeepest),
  },
  {
    reason: 'its process is gone or stopped',
    compare: (left, right) => Number(right.isDown) - Number(left.isDown),
  },
  { reason: 'it failed first', compare: (left, right) => left.since - right.since },
  { reason: 'its name comes first', compare: (left, right) => (left.name < right.name ? -1 : 1) },
];

/**
 * Ranks what is failing; pure.
 *
 * @param candidates The alerting subsystem itself and those of its dependencies that fail; at least one.
 * @returns undefined only for an empty list.
 */
export function rankCauses(candidates: readonly CauseCandidate[]): RootCause | undefined {
  const ranked = [...candidates].sort((left, right) => decide(left, right).order);
  const [first, second] = ranked;
  if (first === undefined) return undefined;
  const decidedBy = second === undefined ? 'no dependency is failing' : decide(first, second).reason;
  return { cause: first, decidedBy, candidates: ranked };
}

function decide(left: CauseCandidate, right: CauseCandidate): { order: number; reason: string } {
  for (const { reason, compare } of RULES) {
    const order = compare(left, right);
    if (order !== 0) return { order, reason };
  }
  return { order: 0, reason: 'nothing tells them apart' };
}
