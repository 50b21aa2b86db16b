import type { Clock } from '@dreamnet/contracts';

/** Spans of one service that have ended, as far back as is remembered: what names one of them as its parent came late. */
export interface EndedSpans {
  /** @param parent Its id; empty for a root. */
  add(id: string, parent: string): void;
  has(id: string): boolean;
  /** What it tells of itself is counted from now on. */
  take(id: string): void;
  isTaken(id: string): boolean;
  /** The id of its parent; undefined for a root, and for what is not remembered. */
  parentOf(id: string): string | undefined;
}

/** Some 150 bytes each. Background work mostly ends within seconds of what began it. */
const MOST_ENDED = 5000;
/** As long as the silence after which a process that exports spans only is forgotten. */
const LONGEST_AGE_MS = 3_600_000;

/** Nothing ended yet. */
export function createEndedSpans(clock: Clock): EndedSpans {
  /** Those that came first come first. */
  const ended = new Map<string, { parent: string; atMs: number; isTaken: boolean }>();
  return {
    add: (id, parent) => {
      const atMs = clock.monotonic();
      if (id === '') return;
      ended.delete(id);
      ended.set(id, { parent, atMs, isTaken: false });
      for (const [oldest, one] of ended) {
        if (ended.size <= MOST_ENDED && atMs - one.atMs <= LONGEST_AGE_MS) break;
        ended.delete(oldest);
      }
    },
    has: (id) => ended.has(id),
    take: (id) => {
      const one = ended.get(id);
      if (one !== undefined) one.isTaken = true;
    },
    isTaken: (id) => ended.get(id)?.isTaken === true,
    parentOf: (id) => ended.get(id)?.parent || undefined,
  };
}
