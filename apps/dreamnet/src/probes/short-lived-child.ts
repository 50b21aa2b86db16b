import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createId } from '@dreamnet/kit';
import { createPatientEnvironment } from '@dreamnet/supervisor';
import { killNow } from '../kill-now.js';
import { watchBirths } from './births.js';
import { familyOf } from './family.js';
import type { ProbeSettings } from './probe-kind.js';

/** By this every process that a probe's command started is found again, wherever it went. */
export const PROBE_MARKER = 'DREAMNET_PROBE';
/** Processes that start others while they are ended are looked for again, so often. */
const SWEEPS = 3;
/** For one that changes its program while it is looked at; the daemon stands still meanwhile. */
const PATIENCE_MS = 10;

/** A program that is run for one question. */
export interface ShortLivedChild {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Ends it with all it started. Idempotent. */
  end(): void;
}

/**
 * Runs a program in a process group of its own.
 *
 * @returns The child; that it could not be started comes as its `error` event.
 */
export function startShortLived(
  command: readonly string[],
  { folder, environment, clock, owner }: Pick<ProbeSettings, 'folder' | 'environment' | 'clock' | 'owner'>,
): ShortLivedChild {
  const [program = '', ...args] = command;
  const mark = [...(owner ? [owner] : []), createId('probe')].join('/');
  const births = watchBirths(clock);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...environment, [PROBE_MARKER]: mark },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // What is written to a program that has gone is of no interest: its end is told by other events.
  child.stdin.on('error', () => undefined);
  let isEnded = false;
  return {
    process: child,
    end: () => {
      if (isEnded) return;
      isEnded = true;
      const { pid } = child;
      if (pid !== undefined) {
        const isRunning = child.exitCode === null && child.signalCode === null;
        // Before anybody is killed: who loses the parent is not known by it any more.
        const family = familyOf(pid, births(pid), isRunning);
        killNow(-pid);
        for (const one of family) killNow(one);
        sweep(mark, () => births(pid));
      }
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
  };
}

/**
 * What was orphaned in a session of its own (a daemon) still bears the mark, unless it was taken from it: then nothing leads to it.
 * Without /proc the group has to do.
 */
function sweep(mark: string, bornSince: () => number[]): void {
  const environmentOf = createPatientEnvironment(PATIENCE_MS);
  const killed = new Set<number>();
  for (let turn = 0; turn < SWEEPS; turn += 1) {
    const left = bornSince().filter(
      (pid) => !killed.has(pid) && environmentOf(pid)?.includes(`${PROBE_MARKER}=${mark}`),
    );
    if (left.length === 0) return;
    for (const pid of left) {
      killed.add(pid);
      killNow(pid);
    }
  }
}
