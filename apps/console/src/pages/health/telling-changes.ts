import type { ScoreReason } from '@dreamnet/contracts';

/** A metric that trembles moves its score a little each time; nobody looks for the cause of that. */
const TELLING_CHANGE = 0.02;

/**
 * The changes worth reading: each differs from the one before it that is shown. The first is where the stretch began.
 *
 * @param reasons Oldest first.
 */
export function tellingChanges(reasons: readonly ScoreReason[]): ScoreReason[] {
  const telling: ScoreReason[] = [];
  for (const reason of reasons) {
    const before = telling.at(-1);
    if (before === undefined || Math.abs(reason.score - before.score) >= TELLING_CHANGE) telling.push(reason);
  }
  return telling;
}
