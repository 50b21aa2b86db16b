import type { Clock, RestartPolicy } from '@dreamnet/contracts';
import type { RestartHistory } from '../restart-policy/restart-decision.js';
import { restoreHistory } from '../restart-policy/restart-decision.js';
import type { ProcessRecord } from './process-record.js';

/** The history with epoch times: monotonic time begins anew with each supervisor. */
export function storeHistory(history: RestartHistory, clock: Clock): ProcessRecord['history'] {
  const { group, shortRuns, circuit, failedTrials } = history;
  const offsetMs = clock.now() - clock.monotonic();
  return { restartsAt: group.restartsAtMs.map((atMs) => atMs + offsetMs), shortRuns, circuit, failedTrials };
}

/** The stored history in this supervisor's monotonic time; a wall clock that was set back cannot put it in the future. */
export function loadHistory(
  policy: RestartPolicy,
  stored: ProcessRecord['history'],
  clock: Clock,
): RestartHistory {
  const nowMs = clock.monotonic();
  const offsetMs = clock.now() - nowMs;
  const restartsAtMs = stored.restartsAt.map((at) => Math.min(nowMs, at - offsetMs));
  return restoreHistory(policy, { ...stored, restartsAtMs });
}
