import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { createId } from '@dreamnet/kit';

/** By this every process that a probe's command started is found again, wherever it went. */
const MARKER = 'DREAMNET_PROBE';
/** Processes that start others while they are ended are looked for again, so often. */
const SWEEPS = 3;

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
  { cwd, environment }: { cwd: string; environment: Readonly<Record<string, string>> },
): ShortLivedChild {
  const [program = '', ...args] = command;
  const mark = createId('probe');
  const child = spawn(program, args, {
    cwd,
    env: { ...environment, [MARKER]: mark },
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
      if (child.pid !== undefined) kill(-child.pid);
      sweep(mark);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
  };
}

/** What left the group (a daemon of its own session) still bears the mark. Without /proc the group has to do. */
function sweep(mark: string): void {
  for (let turn = 0; turn < SWEEPS; turn += 1) {
    const left = listProc().filter((pid) => environmentOf(pid).includes(`${MARKER}=${mark}`));
    for (const pid of left) kill(pid);
    if (left.length === 0) return;
  }
}

/** @param target A process, or a group as its leader's id with a minus. */
function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    return; // it has ended by itself
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // gone, or another user's: then it is none of ours
  }
}

function listProc(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
  } catch {
    return []; // not Linux
  }
}
