import type { Clock } from '@dreamnet/contracts';
import type { GroupRecord } from '../records/group-record.js';
import { createRestartGroup } from '../restart-policy/restart-group.js';
import type { GroupForest } from './group-forest.js';
import type { GroupHistory } from './group-trial.js';

/** The history with epoch times: monotonic time begins anew with each supervisor. */
export function storeGroupHistory(history: GroupHistory, clock: Clock): GroupRecord['history'] {
  const { circuit, failedTrials, culprit } = history;
  const offsetMs = clock.now() - clock.monotonic();
  const groups = [...history.groups].map(([name, { restartsAtMs, children }]) => ({
    name,
    restartsAt: restartsAtMs.map((atMs) => atMs + offsetMs),
    children: children.map(({ id, state, starts }) => ({ id, state, starts })),
  }));
  return { circuit, failedTrials, culprit, groups };
}

/** The stored history for the groups there are now; a wall clock that was set back cannot put it in the future. */
export function loadGroupHistory(
  forest: GroupForest,
  stored: GroupRecord['history'],
  clock: Clock,
): GroupHistory {
  const nowMs = clock.monotonic();
  const offsetMs = clock.now() - nowMs;
  const groups = new Map(
    stored.groups.flatMap(({ name, restartsAt, children }) => {
      const spec = forest.groups.get(name);
      if (!spec) return [];
      const { strategy, intensity, periodMs } = spec;
      // The types are those in force when it is asked next.
      const known = children.map((child) => ({ ...child, restart: 'permanent' as const }));
      const fresh = createRestartGroup(strategy, { intensity, periodMs }, known);
      const restartsAtMs = restartsAt.map((at) => Math.min(nowMs, at - offsetMs));
      return [[name, { ...fresh, children: known, restartsAtMs }] as const];
    }),
  );
  const { circuit, failedTrials, culprit } = stored;
  return { groups, circuit, failedTrials, culprit };
}
