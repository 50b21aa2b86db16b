import type { Clock } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';

/** Calls that are under way, by who works on them. */
export interface CallCounter {
  /** @returns To be called when the call is over, once. */
  begin(provider: string): () => void;
  /** Now. */
  inFlight(provider: string): number;
  /** The mean since it was last asked for with the same mark; a mark is one asker's own. */
  mean(provider: string, mark: string): number;
  /** How long ago the last call of any process of an agent began or ended, ms; Infinity when there was none. */
  sinceLastMs(agent: string): number;
  forget(provider: string): void;
}

interface Count {
  now: number;
  /** Calls × ms so far. */
  sum: number;
  countedMs: number;
  marks: Map<string, { sum: number; ms: number }>;
}

/** Counts nothing yet. */
export function createCallCounter(clock: Clock): CallCounter {
  const counts = new Map<string, Count>();
  const lastMs = new Map<string, number>();
  const obtain = (provider: string): Count => {
    const nowMs = clock.monotonic();
    const known = counts.get(provider) ?? { now: 0, sum: 0, countedMs: nowMs, marks: new Map() };
    known.sum += known.now * (nowMs - known.countedMs);
    known.countedMs = nowMs;
    counts.set(provider, known);
    return known;
  };
  const note = (provider: string, by: number) => {
    obtain(provider).now += by;
    lastMs.set(agentOf(provider), clock.monotonic());
  };
  return {
    begin: (provider) => {
      let isOver = false;
      note(provider, 1);
      return () => {
        if (!isOver) note(provider, -1);
        isOver = true;
      };
    },
    inFlight: (provider) => counts.get(provider)?.now ?? 0,
    mean: (provider, mark) => {
      const count = obtain(provider);
      const before = count.marks.get(mark);
      count.marks.set(mark, { sum: count.sum, ms: count.countedMs });
      const spanMs = count.countedMs - (before?.ms ?? count.countedMs);
      return before && spanMs > 0 ? (count.sum - before.sum) / spanMs : count.now;
    },
    sinceLastMs: (agent) => clock.monotonic() - (lastMs.get(agent) ?? Number.NEGATIVE_INFINITY),
    forget: (provider) => {
      if (counts.get(provider)?.now === 0) counts.delete(provider);
    },
  };
}
