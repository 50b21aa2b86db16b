import { readFileSync } from 'node:fs';

/** What the kernel says of a process at one moment. */
export interface ProcessStat {
  /** The letter of proc(5): `T` and `t` are stopped, `Z` and `X` have ended. */
  readonly state: string;
  readonly session: number;
  /** Clock ticks since the machine started. */
  readonly startTicks: number;
}

/** Reads /proc/PID/stat; undefined when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in field 2 may hold spaces and brackets: fields are counted after the last one, the state is the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '?', session: Number(fields[3]), startTicks: Number(fields[19]) };
}

/** A zombie has ended, too; only its parent has not noticed. */
export function hasEnded(stat: ProcessStat | undefined): boolean {
  return stat === undefined || stat.state === 'Z' || stat.state === 'X';
}
