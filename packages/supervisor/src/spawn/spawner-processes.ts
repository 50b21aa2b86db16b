import { readFileSync } from 'node:fs';
import type { Clock } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { signalProcess } from '../linux/process-identity.js';
import { hasEnded, type ProcessRow, readProcessTable } from '../linux/process-table.js';

const SCRIPT = '/spawner.py';
const LOOK_EVERY_MS = 2;
/** One that survives SIGKILL so long hangs in the kernel, and starts nothing more. */
const KILL_DEADLINE_MS = 2000;

/**
 * Ends every spawner of a folder, and resolves when none is left. A process that one has forked and that is not yet its
 * own program looks like the spawner itself, and goes with it: what is then not found was never started.
 */
export async function endSpawners(folder: string, clock: Clock): Promise<void> {
  const untilMs = clock.monotonic() + KILL_DEADLINE_MS;
  for (let left = spawnersOf(folder); left.length > 0; left = spawnersOf(folder)) {
    const isAny = left.map((row) => signalProcess(row, 'SIGKILL')).includes(true);
    if (!isAny || clock.monotonic() >= untilMs) return;
    await sleep(clock, LOOK_EVERY_MS);
  }
}

function spawnersOf(folder: string): ProcessRow[] {
  return readProcessTable().filter((row) => !hasEnded(row) && isSpawnerOf(row.pid, folder));
}

function isSpawnerOf(pid: number, folder: string): boolean {
  let words: string[];
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return false; // gone meanwhile
  }
  const at = words.findIndex((word) => word.endsWith(SCRIPT));
  return at > 0 && words[at + 1] === folder;
}
