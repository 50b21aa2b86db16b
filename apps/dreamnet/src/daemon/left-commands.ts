import { readlinkSync } from 'node:fs';
import type { Clock } from '@dreamnet/contracts';
import { workInTurns } from '@dreamnet/kit';
import { createPatientEnvironment, variableIn } from '@dreamnet/supervisor';
import { killNow } from '../kill-now.js';
import { PROBE_MARKER } from '../probes/short-lived-child.js';
import { hasEnded, listPids, readProcessStat } from '../process-stat.js';

/** By this the commands of secrets are known, and what they start. */
export const SECRET_COMMAND_MARKER = 'DREAMNET_SECRET_COMMAND';
/** Those who start others while they are ended are looked for again, so often. */
const LOOKS = 3;
/** For one that changes its program while it is looked at. */
const PATIENCE_MS = 10;

/** Ends what the commands of a killed daemon left, once; idempotent. */
export interface LeftCommands {
  /** Returns at once. */
  start(): void;
  /** Resolves when nothing is left to end. */
  done(): Promise<void>;
  /** What was not looked at stays. */
  stop(): void;
}

/**
 * With what the commands that this daemon runs are marked: the state folder's mark, and which daemon. Another process with its
 * number is told apart by when it was started.
 */
export function commandOwner(instanceId: string): string {
  return `${instanceId}/${process.pid}-${readProcessStat(process.pid)?.startTicks ?? 0}`;
}

/**
 * Looks through all processes for commands of probes and secrets that a daemon of the same state folder left when it was killed, a few
 * in each turn of the event loop. Nothing of a daemon that lives is touched.
 */
export function createLeftCommands(clock: Clock, instanceId: string): LeftCommands {
  let isOver = false;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    for (let turn = 0; turn < LOOKS; turn += 1) {
      const found: Left[] = [];
      const environmentOf = createPatientEnvironment(PATIENCE_MS);
      await workInTurns(clock, listPids(), (pid) => {
        if (isOver || pid === process.pid) return;
        const left = whatIsLeft(pid, environmentOf(pid) ?? '', instanceId);
        // At once: its number cannot have become another's.
        if (left === 'probe') killNow(pid);
        if (left !== undefined) found.push({ pid, left });
      });
      if (isOver || found.length === 0) return;
      endSecretCommands(found);
      if (found.every(({ left }) => left === 'secret')) return;
    }
  };
  const begin = (): Promise<void> => {
    looking ??= look();
    return looking;
  };
  return {
    start: () => void begin(),
    done: begin,
    stop: () => {
      isOver = true;
    },
  };
}

interface Left {
  readonly pid: number;
  readonly left: 'probe' | 'secret';
}

function whatIsLeft(pid: number, environment: string, instanceId: string): Left['left'] | undefined {
  const isOf = (marker: string) => isLeftBy(variableIn(environment, marker), instanceId);
  if (isOf(PROBE_MARKER)) return 'probe';
  return isOf(SECRET_COMMAND_MARKER) && !hasEnded(readProcessStat(pid)) ? 'secret' : undefined;
}

function isLeftBy(mark: string | undefined, instanceId: string): boolean {
  const match = /^([^/]+)\/(\d+)-(\d+)(?:\/|$)/.exec(mark ?? '');
  if (match?.[1] !== instanceId) return false;
  const owner = readProcessStat(Number(match[2]));
  return hasEnded(owner) || owner?.startTicks !== Number(match[3]);
}

/**
 * As at the end of such a command, its session is ended and no more: it may have started what is to stay, such as an agent that
 * keeps keys. Its session is known by somebody in it who would still write into the pipe of the daemon that asked.
 */
function endSecretCommands(found: readonly Left[]): void {
  const ofSecrets = found.flatMap(({ pid, left }) => {
    const session = left === 'secret' ? readProcessStat(pid)?.session : undefined;
    return session === undefined ? [] : [{ pid, session }];
  });
  const waitedFor = new Set(ofSecrets.flatMap(({ pid, session }) => (writesIntoPipe(pid) ? [session] : [])));
  for (const { pid, session } of ofSecrets) if (waitedFor.has(session)) killNow(pid);
}

function writesIntoPipe(pid: number): boolean {
  try {
    return /^(?:pipe|socket):/.test(readlinkSync(`/proc/${pid}/fd/1`));
  } catch {
    return false; // closed, or it has ended
  }
}
