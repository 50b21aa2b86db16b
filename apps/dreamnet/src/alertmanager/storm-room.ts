import { setFlagsFromString } from 'node:v8';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Gives young objects room while there is much to tell or to show. */
export interface StormRoom {
  /** Something short-lived is made: a message. @param amount How many of them it is as much as; default 1. */
  note(amount?: number): void;
  stop(): void;
}

const WINDOW_MS = 1000;
/** From so many messages in a second on their garbage costs more than it is worth to be small. */
export const STORM = 256;

/**
 * The stand-alone mode starts with a nursery that does not grow (`bin/dreamnet.mjs`): alerts that are taken in stay, so a
 * large one would only hold their garbage (11 MB after 10,000 alerts). Messages and long lists do not stay: with a small
 * nursery they are copied again and again, which takes a fifth of all time. While they come it may grow, to V8's usual
 * limit.
 *
 * @param setFlags How V8 is told; left out: as it is.
 */
export function createStormRoom(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  setFlags: (flags: string) => void = setFlagsFromString,
): StormRoom {
  let timer: TimerHandle | undefined;
  let noted = 0;
  let mayGrow = false;
  // V8 reads this each time it thinks of growing.
  const tell = (isStorm: boolean): void => {
    if (isStorm !== mayGrow) setFlags(`--semi-space-growth-factor=${isStorm ? 2 : 1}`);
    mayGrow = isStorm;
  };
  const look = (): void => {
    timer = undefined;
    tell(noted >= STORM);
    if (noted > 0 || mayGrow) timer = clock.setTimeout(look, WINDOW_MS);
    noted = 0;
  };
  return {
    note: (amount = 1) => {
      noted += amount;
      if (noted >= STORM) tell(true);
      timer ??= clock.setTimeout(look, WINDOW_MS);
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}
