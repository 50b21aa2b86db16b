import type { SubsystemStatus } from '@dreamnet/contracts';
import type { ToldStatus } from './health-record.js';

const STATUSES = ['ok', 'warn', 'error', 'unknown'] as const satisfies readonly SubsystemStatus[];
const TELLERS = ['probe', 'status', 'heartbeat'] as const satisfies readonly ToldStatus['by'][];
/** Without details there are only so many things to say, so all subsystems share them. */
const SHARED: readonly ToldStatus[] = TELLERS.flatMap((by) =>
  STATUSES.map((status) => ({ status, by, details: undefined })),
);

/** What a subsystem said about itself. */
export function toldStatus(
  by: ToldStatus['by'],
  status: SubsystemStatus,
  details: string | undefined,
): ToldStatus {
  const shared = details === undefined && SHARED.find((one) => one.by === by && one.status === status);
  return shared || { status, by, details };
}
