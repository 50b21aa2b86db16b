import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Gives young objects room while there is much to tell or to show, and tidies up when a storm is over. */
export interface StormRoom {
  /** Something short-lived is made: a message. @param amount How many of them it is as much as; default 1. */
  note(amount?: number): void;
  /** Alerts came in, or are told of. */
  take(alerts: number): void;
  stop(): void;
}

/** How V8 is told. */
export interface StormHeap {
  setFlags: (flags: string) => void;
  collect: () => void;
}

const WINDOW_MS = 500;
/** From so many messages in a window on their garbage costs more than it is worth to be small. */
export const STORM = 128;
/** So many alerts in a window leave enough behind to be worth a collection. */
const MUCH = 1000;
/** A sender that repeats itself all the time is not tidied up after all the time: at most for a fiftieth of it. */
const TIDY_SHARE = 50;

/**
 * The stand-alone mode starts with a nursery that does not grow (`bin/dreamnet.mjs`): alerts that are taken in stay, so a
 * large one would only hold their garbage (11 MB after 10,000 alerts). Messages and long lists do not stay: with a small
 * nursery they are copied again and again, which takes a fifth of all time. While they come it may grow, to V8's usual
 * limit.
 *
 * When nothing has come for half a second after many alerts, the heap is collected once: V8 itself would wait for the next
 * storm and hold the texts of this one until then (6 of 22 MB after 10,000 alerts in one group, for a pause of 20 ms).
 */
export function createStormRoom(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'monotonic'>,
  { setFlags, collect }: StormHeap = OWN_HEAP,
): StormRoom {
  let timer: TimerHandle | undefined;
  let noted = 0;
  let taken = 0;
  let mayGrow = false;
  let isUntidy = false;
  let tidyFromMs = Number.NEGATIVE_INFINITY;
  // V8 reads this each time it thinks of growing.
  const tell = (isStorm: boolean): void => {
    if (isStorm !== mayGrow) setFlags(`--semi-space-growth-factor=${isStorm ? 2 : 1}`);
    mayGrow = isStorm;
  };
  const tidy = (): void => {
    const startMs = clock.monotonic();
    if (startMs < tidyFromMs) return;
    isUntidy = false;
    collect();
    const endMs = clock.monotonic();
    tidyFromMs = endMs + (endMs - startMs) * TIDY_SHARE;
  };
  const look = (): void => {
    timer = undefined;
    tell(noted >= STORM);
    isUntidy ||= taken >= MUCH;
    const isQuiet = noted + taken === 0;
    if (isQuiet && isUntidy) tidy();
    if (!isQuiet || mayGrow || isUntidy) timer = clock.setTimeout(look, WINDOW_MS);
    noted = 0;
    taken = 0;
  };
  return {
    note: (amount = 1) => {
      noted += amount;
      if (noted >= STORM) tell(true);
      timer ??= clock.setTimeout(look, WINDOW_MS);
    },
    take: (alerts) => {
      taken += alerts;
      timer ??= clock.setTimeout(look, WINDOW_MS);
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

let collectAll: (() => void) | undefined;

const OWN_HEAP: StormHeap = {
  setFlags: setFlagsFromString,
  collect: () => {
    collectAll ??= findCollect();
    collectAll();
  },
};

/** V8 gives its collector to contexts that are made while this flag is set. */
function findCollect(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? () => void found() : () => undefined;
}
