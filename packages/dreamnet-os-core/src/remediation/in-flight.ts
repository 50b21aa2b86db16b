/** Work that goes on in the background, so that `settled()` can wait for it. */
export interface InFlight {
  /** @param work Must not reject: what can go wrong is a value by then. */
  track(work: Promise<unknown>): void;
  readonly size: number;
  /** Resolves when nothing is under way, including what began while waiting. */
  settled(): Promise<void>;
}

/** Makes an empty set of work. */
export function createInFlight(): InFlight {
  const works = new Set<Promise<unknown>>();
  return {
    track: (work) => {
      works.add(work);
      const forget = () => works.delete(work);
      work.then(forget, forget);
    },
    get size() {
      return works.size;
    },
    settled: async () => {
      while (works.size > 0) await Promise.allSettled([...works]);
    },
  };
}
