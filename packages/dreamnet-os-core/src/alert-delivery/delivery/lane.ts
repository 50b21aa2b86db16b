import type { Clock } from '@dreamnet/contracts';

/** Something a lane does: begins it and says by the promise when the place is free again. */
export type LaneTask = () => Promise<void> | undefined;

/**
 * The work of one receiver: tasks begin in the order they came, so many at once. Every receiver has a lane of its
 * own: one that hangs delays nobody else.
 */
export interface Lane {
  /** At the end of the line. */
  push(task: LaneTask): void;
  /** Before everything that has not been tried: it has waited once already. */
  pushFirst(task: LaneTask): void;
}

/** Without a pause to others for longer than this, a daemon seems to hang. */
const TURN_MS = 10;
/** How many tasks go by between two looks at the clock. */
const TASKS_PER_LOOK = 64;

/**
 * @param limit How many tasks may be under way at once.
 */
export function createLane(clock: Clock, limit: number): Lane {
  const first: LaneTask[] = [];
  let waiting: LaneTask[] = [];
  let head = 0;
  let running = 0;
  let isScheduled = false;

  const take = (): LaneTask | undefined => {
    const early = first.shift();
    if (early) return early;
    const task = waiting[head];
    if (task === undefined) return undefined;
    head += 1;
    // Given back in pieces: moving the rest up at each step would make a long line slow.
    if (head === waiting.length || head >= 4096) {
      waiting = waiting.slice(head);
      head = 0;
    }
    return task;
  };
  const done = (): void => {
    running -= 1;
    schedule();
  };
  const run = (): void => {
    isScheduled = false;
    const startedMs = clock.monotonic();
    for (let count = 1; running < limit; count += 1) {
      const begin = take();
      if (begin === undefined) return;
      const under = begin();
      if (under !== undefined) {
        running += 1;
        under.then(done, done);
      }
      if (count % TASKS_PER_LOOK === 0 && clock.monotonic() - startedMs > TURN_MS) {
        isScheduled = true;
        clock.setTimeout(run, 0);
        return;
      }
    }
  };
  const schedule = (): void => {
    if (isScheduled || running >= limit) return;
    isScheduled = true;
    queueMicrotask(run);
  };
  return {
    push: (task) => {
      waiting.push(task);
      schedule();
    },
    pushFirst: (task) => {
      first.push(task);
      schedule();
    },
  };
}
