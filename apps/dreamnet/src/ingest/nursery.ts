import { setFlagsFromString } from 'node:v8';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Gives young objects room while many reports come. */
export interface Nursery {
  start(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 1000;
/** From so many reports a second on their garbage costs more than a restart that is a little slower. */
const MANY_REPORTS = 2000;

/**
 * The daemon starts with a nursery that does not grow (`bin/dreamnet.mjs`), because each megabyte of it makes each start
 * of an agent slower. Under many reports a small one is collected hundreds of times a second, which takes a quarter of
 * all time: then it may grow, to V8's usual limit, and shrinks again by V8's own rules when they end.
 *
 * @param reports All reports so far.
 * @param setFlags How V8 is told; left out: as it is.
 */
export function createNursery(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  reports: () => number,
  setFlags: (flags: string) => void = setFlagsFromString,
): Nursery {
  let timer: TimerHandle | undefined;
  let seen = 0;
  let mayGrow = false;
  const look = (): void => {
    const now = reports();
    const isBusy = now - seen >= MANY_REPORTS;
    seen = now;
    // V8 reads this each time it thinks of growing. Said again while it is busy: the end of a start says otherwise once.
    if (isBusy || mayGrow) setFlags(`--semi-space-growth-factor=${isBusy ? 2 : 1}`);
    mayGrow = isBusy;
    timer = clock.setTimeout(look, LOOK_EVERY_MS);
  };
  return {
    start: () => {
      timer ??= clock.setTimeout(look, LOOK_EVERY_MS);
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}
