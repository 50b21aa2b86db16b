import type { Clock, ProcessIdentity } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { hasEnded, readProcessStat } from '../process-stat.js';

/** A process that is not ours tells nobody of its end: it is looked at. */
const LOOK_EVERY_MS = 50;

type Identity = Pick<ProcessIdentity, 'pid' | 'startTicks'>;

/** Which process has this pid now; undefined when there is none, or it has ended and was not waited for. */
export function identifyProcess(pid: number): Identity | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined || hasEnded(stat) ? undefined : { pid, startTicks: stat.startTicks };
}

/** @returns false when it still runs after the time, or the user would not wait. */
export async function untilEnded(
  { pid, startTicks }: Identity,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  deadlineMs: number,
): Promise<boolean> {
  const untilMs = clock.monotonic() + deadlineMs;
  while (clock.monotonic() < untilMs && !signal.aborted) {
    if (identifyProcess(pid)?.startTicks !== startTicks) return true;
    await sleep(clock, LOOK_EVERY_MS);
  }
  return false;
}
