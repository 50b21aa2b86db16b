/** How a report ended. */
export type Delivery =
  | { readonly is: 'taken' }
  /** Nobody there, too slow, or too busy: it is tried again. */
  | { readonly is: 'unreachable'; readonly why: string }
  /** The daemon does not know the agent or its token: for good, or only until it has started. */
  | { readonly is: 'refused'; readonly why: string }
  /** The daemon does not take what this report tells: told again it would be refused again. */
  | { readonly is: 'unfit'; readonly why: string };

const FIRST_RETRY_MS = 500;
/**
 * A daemon that comes back gives everybody a while to be heard, so nobody may be away for long. No further apart than
 * heartbeats are: a fleet that finds nobody costs no more than one that is heard.
 */
const LONGEST_RETRY_MS = 5000;
/** What the daemon said no to, it says no to again. */
const LONGEST_AFTER_REFUSAL_MS = 60_000;
/** Of a wait so much is left to chance, so that a fleet does not come back to a daemon at once. */
const CHANCE = 0.5;

/**
 * When the next report is due; pure.
 *
 * @param failures How many in a row ended like this one, itself included: of a daemon that was away for long the first refusal
 *   may be one of its start.
 * @param random 0 to 1.
 * @returns ms from now.
 */
export function nextReportMs(
  delivery: Delivery,
  { everyMs, failures, random }: { everyMs: number; failures: number; random: number },
): number {
  if (delivery.is === 'taken') return everyMs;
  const longestMs = delivery.is === 'unreachable' ? LONGEST_RETRY_MS : LONGEST_AFTER_REFUSAL_MS;
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), longestMs);
  return waitMs * (1 - CHANCE * random);
}
