/** One replica that could be ended. */
export interface LeavingCandidate {
  slot: number;
  isReady: boolean;
  /** Calls it works on. */
  inFlight: number;
}

/** One step of the choice: negative when `left` should go before `right`. */
interface LeavingRule {
  reason: string;
  compare(left: LeavingCandidate, right: LeavingCandidate): number;
}

/** Who goes first: whoever serves least. */
const LEAVING_RULES: readonly LeavingRule[] = [
  { reason: 'not ready', compare: (left, right) => Number(left.isReady) - Number(right.isReady) },
  { reason: 'fewest calls in flight', compare: (left, right) => left.inFlight - right.inFlight },
  { reason: 'highest number', compare: (left, right) => right.slot - left.slot },
];

/** Which replicas go when there are too many, and the rule that told the last of them from the first that stays. */
export function chooseLeaving(
  candidates: readonly LeavingCandidate[],
  count: number,
): { slots: readonly number[]; reason: string } {
  const sorted = [...candidates].sort((left, right) => compare(left, right).order);
  const last = sorted[count - 1];
  const stays = sorted[count];
  const reason = last && stays ? compare(last, stays).reason : 'all of them';
  return { slots: sorted.slice(0, count).map(({ slot }) => slot), reason };
}

/** The lowest numbers that nobody has, counted from 1. */
export function freeSlots(taken: Iterable<number>, count: number): readonly number[] {
  const known = new Set(taken);
  const free: number[] = [];
  for (let slot = 1; free.length < count; slot += 1) if (!known.has(slot)) free.push(slot);
  return free;
}

function compare(left: LeavingCandidate, right: LeavingCandidate): { order: number; reason: string } {
  for (const rule of LEAVING_RULES) {
    const order = rule.compare(left, right);
    if (order !== 0) return { order, reason: rule.reason };
  }
  return { order: 0, reason: 'the same one' };
}
