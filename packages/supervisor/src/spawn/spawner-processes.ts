import { readFileSync } from 'node:fs';
import type { Clock } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { signalProcess } from '../linux/process-identity.js';
import { hasEnded, type ProcessRow, readProcessTable } from '../linux/process-table.js';

const SCRIPT = '/spawner.py';
const LOOK_EVERY_MS = 2;
/** One that survives SIGKILL so long hangs in the kernel, and starts nothing more. */
const KILL_DEADLINE_MS = 2000;
/** Becoming another program takes microseconds, on a loaded machine milliseconds; some programs have no name for good. */
const NAMELESS_DEADLINE_MS = 100;

/**
 * Ends every spawner of a folder, and resolves when none is left. A process that one has forked and that is not yet its
 * own program looks like the spawner itself, and goes with it: what is then not found was never started.
 */
export async function endSpawners(folder: string, clock: Clock): Promise<void> {
  const startMs = clock.monotonic();
  for (;;) {
    const { spawners, nameless } = look(folder);
    const isAny = spawners.map((row) => signalProcess(row, 'SIGKILL')).includes(true);
    const waitedMs = clock.monotonic() - startMs;
    if (waitedMs >= (isAny ? KILL_DEADLINE_MS : NAMELESS_DEADLINE_MS)) return;
    if (!isAny && nameless === 0) return;
    await sleep(clock, LOOK_EVERY_MS);
  }
}

/** `nameless`: how many lead a session and show no command line: in the middle of becoming a program, and without mark. */
function look(folder: string): { spawners: ProcessRow[]; nameless: number } {
  const spawners: ProcessRow[] = [];
  let nameless = 0;
  for (const row of readProcessTable()) {
    if (hasEnded(row)) continue;
    const words = commandLine(row.pid);
    const at = words.findIndex((word) => word.endsWith(SCRIPT));
    if (at > 0 && words[at + 1] === folder) spawners.push(row);
    else if (row.session === row.pid && words.length === 1 && words[0] === '') nameless += 1;
  }
  return { spawners, nameless };
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}
