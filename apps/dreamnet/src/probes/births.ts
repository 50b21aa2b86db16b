import { readFileSync } from 'node:fs';
import type { Clock } from '@dreamnet/contracts';
import { listPids } from '../process-stat.js';

/** The kernel gives numbers in turn, threads have them too, and it begins anew at `pid_max`, 32,768 or more: in this time nobody takes so many. */
const TURN_MS = 200;

/**
 * Remembers which process is the newest. Reading the environments of a machine costs 20 µs a process; of those that have been
 * born since there are few.
 *
 * @returns Lists the processes that may have been born since it was called: all, where that cannot be told. None without /proc. It is
 *   given the id of one that was: in some containers the counter is another machine's.
 */
export function watchBirths(clock: Clock): (child: number) => number[] {
  const before = lastBorn();
  const startedMs = clock.monotonic();
  return (child) => {
    // Before the newest is asked for: whoever is listed was born until then.
    const listed = listPids();
    const mayBe = bornBetween(before, lastBorn());
    const isCertain = mayBe(child) && clock.monotonic() - startedMs < TURN_MS;
    return isCertain ? listed.filter(mayBe) : listed;
  };
}

/** Who was given a number after one process and up to another, the numbers being given in turn. */
export function bornBetween(before: number | undefined, last: number | undefined): (pid: number) => boolean {
  if (before === undefined || last === undefined) return () => true;
  return before <= last ? (pid) => pid > before && pid <= last : (pid) => pid > before || pid <= last;
}

/** The number given last in this namespace. @source proc_loadavg(5), the fifth field */
function lastBorn(): number | undefined {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ')[4]) || undefined;
  } catch {
    return undefined; // no /proc, or one that hides it
  }
}
