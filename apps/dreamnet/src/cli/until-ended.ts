import { readFile } from 'node:fs/promises';
import type { Clock, ProcessIdentity } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';

/** A process that is not ours tells nobody of its end: it is looked at. */
const LOOK_EVERY_MS = 50;

type Identity = Pick<ProcessIdentity, 'pid' | 'startTicks'>;

/** Which process has this pid now; undefined when there is none, or it has ended and was not waited for. */
export async function identifyProcess(pid: number): Promise<Identity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name in field 2 may hold spaces and brackets: fields are counted after the last one.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === '' || 'ZX'.includes(state) ? undefined : { pid, startTicks: Number(fields[18]) };
}

/** @returns false when it still runs after the time, or the user would not wait. */
export async function untilEnded(
  { pid, startTicks }: Identity,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  deadlineMs: number,
): Promise<boolean> {
  const untilMs = clock.monotonic() + deadlineMs;
  while (clock.monotonic() < untilMs && !signal.aborted) {
    if ((await identifyProcess(pid))?.startTicks !== startTicks) return true;
    await sleep(clock, LOOK_EVERY_MS);
  }
  return false;
}
