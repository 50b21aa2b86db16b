import { readFile } from 'node:fs/promises';

/** Which process, for good: a pid alone may be somebody else's later. */
export interface LockHolder {
  pid: number;
  /** Field 22 of /proc/PID/stat; 0 where there is no /proc. */
  startTicks: number;
  /** First 8 characters of the kernel's boot id; `noproc` where there is no /proc. */
  boot: string;
}

const NO_PROC = 'noproc';

/** This process, as others can check it. */
export async function thisProcess(): Promise<LockHolder> {
  const bootId = await readIfThere('/proc/sys/kernel/random/boot_id');
  if (bootId === undefined) return { pid: process.pid, startTicks: 0, boot: NO_PROC };
  const seen = await readStat(process.pid);
  return { pid: process.pid, startTicks: seen?.startTicks ?? 0, boot: bootId.slice(0, 8) };
}

/**
 * Does the process still run? A zombie does not, another process with its pid is not it, and one of an earlier boot
 * cannot be there.
 *
 * @param boot The boot id of now.
 */
export async function isRunning(holder: LockHolder, boot: string): Promise<boolean> {
  if (holder.boot !== boot) return false;
  if (boot === NO_PROC) return canBeSignalled(holder.pid);
  const seen = await readStat(holder.pid);
  return seen !== undefined && seen.startTicks === holder.startTicks && !'ZX'.includes(seen.state);
}

async function readStat(pid: number): Promise<{ state: string; startTicks: number } | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in field 2 may hold spaces and brackets: fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? 'X', startTicks: Number(fields[19]) };
}

/** Sends no signal: 0 only asks. EPERM means it is there and somebody else's. */
function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM';
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    // ESRCH: the process ended between opening its file and reading it.
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ESRCH') return undefined;
    throw thrown;
  }
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}
