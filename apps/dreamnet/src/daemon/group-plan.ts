import type { ProcessGroupSpec } from '@dreamnet/contracts';
import type { FleetFile } from '../config/schema.js';

/** Tries after giving up come at least this often, unless the file asks for longer pauses. */
const LONGEST_RETRY_MS = 300_000;

/** The groups of the fleet file as the supervisor takes them. */
export function toGroups(groups: FleetFile['groups']): ProcessGroupSpec[] {
  return Object.entries(groups).map(([name, { strategy, members, intensity, period, retryAfter }]) => {
    const retryAfterMs = retryAfter ?? Math.max(1000, period);
    return {
      ...{ name, strategy, members, intensity, periodMs: period, retryAfterMs },
      retryMaxMs: Math.max(retryAfterMs, LONGEST_RETRY_MS),
    };
  });
}
