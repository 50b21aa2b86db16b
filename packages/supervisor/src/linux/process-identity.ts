import type { ProcessIdentity } from '@dreamnet/contracts';
import { supervisorError } from '../errors.js';
import type { ProcessRow } from './process-table.js';
import { hasEnded, readProcess, readSmallFile, TICKS_PER_SECOND } from './process-table.js';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

let bootId: string | undefined;

/**
 * Names the current boot of this kernel, which no process outlives: it is read once.
 *
 * @throws DN_SUPERVISOR_PROC_UNREADABLE
 */
export function readBootId(): string {
  bootId ??= readSmallFile(BOOT_ID)?.trim();
  if (bootId === undefined)
    throw supervisorError('DN_SUPERVISOR_PROC_UNREADABLE', { path: BOOT_ID, problem: 'cannot be read' });
  return bootId;
}

/** How long a process has been running, ms; 0 when the kernel does not say. */
export function ageMs(startTicks: number): number {
  const uptimeSeconds = Number.parseFloat(readSmallFile('/proc/uptime') ?? '');
  const startedSeconds = startTicks / TICKS_PER_SECOND;
  return Number.isFinite(uptimeSeconds) ? Math.max(0, (uptimeSeconds - startedSeconds) * 1000) : 0;
}

/** Is exactly this process still running? */
export function isAlive(identity: ProcessIdentity, bootId: string): boolean {
  if (identity.bootId !== bootId) return false;
  const row = readProcess(identity.pid);
  return !hasEnded(row) && row?.startTicks === identity.startTicks;
}

/**
 * Signals exactly this process: looks at its start time right before, so that a reused pid is not hit.
 *
 * @returns false when it was not there any more.
 */
export function signalProcess(
  target: Pick<ProcessRow, 'pid' | 'startTicks'>,
  signal: NodeJS.Signals,
): boolean {
  const row = readProcess(target.pid);
  if (hasEnded(row) || row?.startTicks !== target.startTicks) return false;
  return sendSignal(target.pid, signal);
}

/**
 * `kill(2)`: a negative pid means a process group.
 *
 * @returns false when nobody was there or it is not ours to signal.
 */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // ESRCH: it is gone, which is what was wanted; EPERM shows up as a survivor
  }
}
