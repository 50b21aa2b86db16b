import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { type AlertRecord, isResolved } from '../dispatch/alert-record.js';

/** Tells of ends that lay ahead when they were stated, once they have passed: nobody says so when they do. */
export interface PassedEnds {
  /** The alert is new or was reported again. */
  note(record: Pick<AlertRecord, 'endsAt'>): void;
  start(): void;
  /** Tells of what has passed by now, and of nothing more. */
  stop(): void;
}

export interface PassedEndsOptions {
  clock: Clock;
  /** All that are held. */
  all: () => Iterable<AlertRecord>;
  /** Told once of each end. */
  onPassed: (record: AlertRecord) => void;
}

/** A look goes through everything: thousands of ends that follow each other quickly cost one a second. */
const SHORTEST_PAUSE_MS = 1_000;
/** The clock may be set meanwhile; and no timer waits for weeks. */
const LONGEST_PAUSE_MS = 30_000;

/** Looks at nothing before `start`. */
export function createPassedEnds({ clock, all, onPassed }: PassedEndsOptions): PassedEnds {
  let isRunning = false;
  let timer: TimerHandle | undefined;
  /** Epoch ms up to which the ends that passed were told of. */
  let lookedAt = 0;
  /** Monotonic ms of that look. */
  let lookedMs = Number.NEGATIVE_INFINITY;
  /** Epoch ms of the first end that lies ahead, or one that has been moved on since. */
  let nextAt = Number.POSITIVE_INFINITY;
  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
  };
  const arm = (): void => {
    disarm();
    if (!isRunning || nextAt === Number.POSITIVE_INFINITY) return;
    const restMs = lookedMs + SHORTEST_PAUSE_MS - clock.monotonic();
    timer = clock.setTimeout(look, Math.min(Math.max(nextAt - clock.now(), restMs, 0), LONGEST_PAUSE_MS));
  };
  const look = (): void => {
    const now = clock.now();
    nextAt = Number.POSITIVE_INFINITY;
    for (const record of all()) {
      if (!isResolved(record, now)) nextAt = Math.min(nextAt, record.endsAt);
      else if (record.endsAt > lookedAt) onPassed(record);
    }
    lookedAt = now;
    lookedMs = clock.monotonic();
    arm();
  };
  return {
    note: ({ endsAt }) => {
      if (endsAt >= nextAt || endsAt <= clock.now()) return;
      nextAt = endsAt;
      arm();
    },
    start: () => {
      isRunning = true;
      look();
    },
    stop: () => {
      isRunning = false;
      look();
    },
  };
}
