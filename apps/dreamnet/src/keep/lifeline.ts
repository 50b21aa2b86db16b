import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { type CommandLine, keeperCommand } from './keeper-command.js';

/** A keeper that ends again at once is not started more often than this. */
const NEXT_KEEPER_MS = 1000;

export interface LifelineOptions {
  readonly clock: Clock;
  /** A pipe whose other end the keeper holds: it ends when the keeper does. */
  readonly input: Readable;
  readonly python: string;
  readonly stateDir: string;
  /** How this daemon was started, and the next one shall be. */
  readonly daemon: CommandLine;
  readonly onTrouble: (text: string) => void;
}

/**
 * Keeps the keeper: when the one above this daemon has died, another is started beside it, which watches this very
 * process and doubles nothing. Stopped before the daemon ends in order.
 */
export function watchKeeper(options: LifelineOptions): { stop(): void } {
  const { clock, input, onTrouble } = options;
  let isStopped = false;
  let timer: TimerHandle | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;
  const replace = () => {
    if (isStopped) return;
    const waitMs = Math.max(0, startedMs + NEXT_KEEPER_MS - clock.monotonic());
    timer = clock.setTimeout(() => {
      startedMs = clock.monotonic();
      startKeeper(options).once('exit', onGone).once('error', onGone);
    }, waitMs);
  };
  const onGone = () => {
    if (isStopped) return;
    onTrouble('the keeper has ended; another one is started');
    replace();
  };
  input.once('end', onGone).once('error', onGone).resume();
  // A daemon that is done is not held open by its keeper's pipe.
  if ('unref' in input && typeof input.unref === 'function') input.unref();
  return {
    stop: () => {
      isStopped = true;
      if (timer) clock.clearTimeout(timer);
      input.destroy();
    },
  };
}

/** In a session of its own: what ends this daemon must not end its keeper. */
function startKeeper({ python, stateDir, daemon }: LifelineOptions): ChildProcess {
  const [file, ...args] = keeperCommand(python, stateDir, daemon);
  const keeper = spawn(file, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  keeper.unref();
  return keeper;
}
