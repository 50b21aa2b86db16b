import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { AlertBook } from '../../boundary.js';
import { SELF } from './receiver-watch.js';

export interface KeepingWatchOptions {
  clock: Clock;
  book: Pick<AlertBook, 'raise' | 'clear'>;
  /** Why reports are not kept now; undefined while they are. Without it there is nothing to watch. */
  problem: (() => string | undefined) | undefined;
}

/** Raises an alert while reports are taken into account but not kept, and so not acknowledged. */
export interface KeepingWatch {
  start(): void;
  stop(): void;
}

const LOOK_MS = 2_000;
const FINGERPRINT = 'store/reports';

/** A watch that asks every 2 s once started. */
export function createKeepingWatch({ clock, book, problem }: KeepingWatchOptions): KeepingWatch {
  let timer: TimerHandle | undefined;
  // One that was open when the process before ended.
  let isRaised = true;
  const look = (ask: () => string | undefined): void => {
    timer = clock.setTimeout(() => look(ask), LOOK_MS);
    const found = ask();
    if (found !== undefined) book.raise(notKept(found));
    else if (isRaised) book.clear(FINGERPRINT);
    isRaised = found !== undefined;
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

function notKept(error: string) {
  return {
    fingerprint: FINGERPRINT,
    type: 'error' as const,
    severity: 'critical' as const,
    subsystem: SELF,
    message: `reports count, but are not kept, so none is acknowledged: ${error}`,
    labels: { rule: 'reports_not_kept' },
    evidence: { error },
    keepFiringForMs: 0,
  };
}
