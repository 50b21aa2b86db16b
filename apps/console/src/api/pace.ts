/** A question may be asked again after this many times what its last answer took: a tenth of the time goes to asking. */
const REST_FACTOR = 9;

/** How long an answer took, and what follows for asking again. */
export interface Pace {
  /** Asks, and remembers how long it took. */
  time<T>(what: string, ask: () => Promise<T>): Promise<T>;
  /** Ms until it may be asked again; 0 when at once. */
  waitMs(what: string): number;
  /** The interval to ask at: as wished, or longer when the answers are large. */
  intervalMs(what: string, wishedMs: number): number;
}

/**
 * Keeps a page over a very large fleet from doing nothing but asking: ten thousand subsystems answer slowly, so they
 * are asked less often.
 *
 * @param now Gives the time in ms.
 */
export function createPace(now: () => number): Pace {
  const known = new Map<string, { endedAt: number; tookMs: number }>();
  const restMs = (what: string) => (known.get(what)?.tookMs ?? 0) * REST_FACTOR;
  return {
    async time(what, ask) {
      const startedAt = now();
      try {
        return await ask();
      } finally {
        const endedAt = now();
        known.set(what, { endedAt, tookMs: endedAt - startedAt });
      }
    },
    waitMs: (what) => Math.max(0, (known.get(what)?.endedAt ?? 0) + restMs(what) - now()),
    intervalMs: (what, wishedMs) => Math.max(wishedMs, restMs(what)),
  };
}
