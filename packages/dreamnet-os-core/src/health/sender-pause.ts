import { sleptSinceMs } from '@dreamnet/kit';
import type { HealthCore } from './health-core.js';
import type { HealthRecord } from './health-record.js';

/**
 * The longest pause between two tries of a sender whose reports found nobody. The agents' libraries wait 5 s at most; those of
 * earlier versions, which still run in agents that outlived a daemon, half a minute.
 */
export const LONGEST_PAUSE_MS = 30_000;
/** A wait that doubles, of which half is left to chance, is at most twice the time that the tries before it took. */
const SHARE_OF_ABSENCE = 2;
/** The first waits, and what of an absence we did not see. */
const LEAST_PAUSE_MS = 2_000;

/**
 * How much longer than usual a sender may be silent because we were not there to listen: it was adopted and has not reported
 * yet, or we stood still since its last report. A sender that found nobody comes back only after a pause, which its silence
 * is no sign of.
 *
 * @returns ms, at most `LONGEST_PAUSE_MS`.
 */
export function pauseAllowedMs(core: HealthCore, record: HealthRecord): number {
  if (record.isAdopted && !record.hasBeaten) return LONGEST_PAUSE_MS;
  const sleptMs = sleptSinceMs(core.clock, record.lastSeenMs);
  return sleptMs === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, SHARE_OF_ABSENCE * sleptMs + LEAST_PAUSE_MS);
}
