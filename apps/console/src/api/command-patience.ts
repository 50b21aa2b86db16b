import type { Clock } from '@dreamnet/contracts';

/** Waits for commands for as long as they take, without keeping the page from its questions. */
export interface Patience {
  /** Runs a request; its signal ends it when its answer is waited for no longer. Can run several at once. */
  whileUnderWay<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** After this a command counts as a long one. It is shorter than a question may take, which would wait behind it. */
const LONG_MS = 5_000;
/** A browser opens six connections to one daemon: events, lines and questions need the other three. */
const MOST_LONG = 3;

/**
 * Knows the commands of a page that are under way. A long one is waited for while few are; of more the oldest is let
 * go: the daemon carries it out all the same, and its end is not told.
 */
export function createPatience(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): Patience {
  const underWay = new Set<AbortController>();
  const letOneGo = () => {
    const [oldest] = underWay;
    if (oldest === undefined || underWay.size <= MOST_LONG) return;
    underWay.delete(oldest);
    oldest.abort();
  };
  return {
    async whileUnderWay(ask) {
      const command = new AbortController();
      underWay.add(command);
      const timer = clock.setTimeout(letOneGo, LONG_MS);
      try {
        return await ask(command.signal);
      } finally {
        clock.clearTimeout(timer);
        underWay.delete(command);
      }
    },
  };
}
