import type { ProcessGroupSpec } from '@dreamnet/contracts';
import type { FleetFile } from '../config/schema.js';

/** Tries after giving up come at least this often, unless the file asks for longer pauses. */
const LONGEST_RETRY_MS = 300_000;

/**
 * The groups of the fleet file as the supervisor takes them.
 *
 * @param replicasOf The processes of an agent whose processes are numbered; undefined when it is one process of its own name.
 */
export function toGroups(
  groups: FleetFile['groups'],
  replicasOf: (agent: string) => readonly string[] | undefined,
): ProcessGroupSpec[] {
  return Object.entries(groups).map(([name, { strategy, members, intensity, period, retryAfter }]) => {
    const retryAfterMs = retryAfter ?? Math.max(1000, period);
    const replicas = members.flatMap((member) => {
      const ids = replicasOf(member);
      return ids ? [[member, ids] as const] : [];
    });
    return {
      ...(replicas.length > 0 && { replicas: Object.fromEntries(replicas) }),
      ...{ name, strategy, members, intensity, periodMs: period, retryAfterMs },
      retryMaxMs: Math.max(retryAfterMs, LONGEST_RETRY_MS),
    };
  });
}
