import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { supervisorError } from '../errors.js';

/** One process as the kernel shows it in /proc/PID/stat. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly group: number;
  readonly session: number;
  /** The kernel's letter: R, S, D, T (stopped), t (traced), Z (zombie), X. */
  readonly state: string;
  /** Clock ticks since boot; with the pid and the boot it names one process for good. */
  readonly startTicks: number;
  /** CPU time of itself and of the children it has waited for, in ticks. */
  readonly cpuTicks: number;
  readonly residentPages: number;
  /** Its first one counts as long as any other runs, even when it has ended. */
  readonly threads: number;
}

/** USER_HZ: what the kernel counts ticks in towards programs, 100 on every Linux. */
export const TICKS_PER_SECOND = 100;

/** A stat line is about 350 bytes; the name in it is at most 64. */
const buffer = Buffer.alloc(4096);

/**
 * Reads one process.
 *
 * @returns undefined when there is none.
 */
export function readProcess(pid: number): ProcessRow | undefined {
  const text = readSmallFile(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/**
 * Every process visible here, read in one go (about 15 µs each).
 *
 * @throws DN_SUPERVISOR_PROC_UNREADABLE
 */
export function readProcessTable(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const pid of listPids()) {
    const row = readProcess(pid);
    if (row) rows.push(row);
  }
  return rows;
}

/** Parses a stat line. The name stands in brackets and may itself hold brackets and spaces. */
export function parseStat(text: string): ProcessRow | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const at = (position: number) => Number(fields[position - 3] ?? Number.NaN);
  const startTicks = at(22);
  if (close < 0 || !Number.isFinite(startTicks)) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    ppid: at(4),
    group: at(5),
    session: at(6),
    state: fields[0] ?? '?',
    startTicks,
    cpuTicks: at(14) + at(15) + at(16) + at(17),
    residentPages: at(24),
    threads: at(20),
  };
}

/**
 * Has it ended? A zombie only waits for its parent to notice; but whose first thread has ended shows as a zombie, too, while others
 * run.
 */
export function hasEnded(row: Pick<ProcessRow, 'state' | 'threads'> | undefined): boolean {
  return row === undefined || row.state === 'X' || (row.state === 'Z' && row.threads <= 1);
}

/** The content of a small file of /proc in one read; undefined when it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined; // gone, or not ours to read: to the caller the same
  }
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return undefined; // it ended between open and read (ESRCH)
  } finally {
    closeSync(fd);
  }
}

/** Everybody's, in the order of the kernel. @throws DN_SUPERVISOR_PROC_UNREADABLE */
export function listPids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (cause) {
    throw supervisorError('DN_SUPERVISOR_PROC_UNREADABLE', { path: '/proc', problem: String(cause) }, cause);
  }
}
