import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { AlertBook } from '../../boundary.js';
import { SELF } from './receiver-watch.js';

export interface ProblemWatchOptions {
  clock: Clock;
  book: Pick<AlertBook, 'raise' | 'clear'>;
  /** The alert's place in the book. */
  fingerprint: string;
  /** Its name, as rules and routes know it. */
  rule: string;
  /** Default `critical`. */
  severity?: 'warning' | 'critical';
  /** What is wrong now, as the alert is to say it; undefined while nothing is. Without it there is nothing to watch. */
  problem: (() => string | undefined) | undefined;
}

/** Raises an alert about the program itself while a problem is there. */
export interface ProblemWatch {
  start(): void;
  stop(): void;
}

const LOOK_MS = 2_000;

/** A watch that asks every 2 s once started. */
export function createProblemWatch(options: ProblemWatchOptions): ProblemWatch {
  const { clock, book, fingerprint, rule, problem, severity = 'critical' } = options;
  let timer: TimerHandle | undefined;
  // One that was open when the process before ended.
  let isRaised = true;
  const look = (ask: () => string | undefined): void => {
    timer = clock.setTimeout(() => look(ask), LOOK_MS);
    const message = ask();
    if (message !== undefined)
      book.raise({
        ...{ fingerprint, type: 'error', severity, subsystem: SELF, about: 'program', message },
        labels: { rule },
        evidence: { error: message },
        keepFiringForMs: 0,
      });
    else if (isRaised) book.clear(fingerprint);
    isRaised = message !== undefined;
  };
  return {
    start: () => {
      if (problem !== undefined && timer === undefined) look(problem);
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}
