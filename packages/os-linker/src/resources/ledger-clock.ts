import type { Clock } from '@dreamnet/contracts';

/** A clock that was put back by less than this was only corrected. */
const TOLERANCE_MS = 60_000;

/** Time as the ledger counts it: it never goes back, or a window that is over would begin again. */
export interface LedgerClock {
  /** Epoch ms, never less than before. */
  now(): number;
  /** The latest time of an earlier life. */
  remember(at: number): void;
  /** The latest time seen, to be written down. */
  readonly seenAt: number;
  /** A person says that the machine's clock is right now, whatever it showed before. @returns whether it had been put back */
  vouch(): boolean;
  /** Set while the clock stands so far before what it has shown that no window can be told. */
  problem(): { before: number; now: number } | undefined;
}

/** A ledger's clock on the machine's. */
export function createLedgerClock(clock: Pick<Clock, 'now'>): LedgerClock {
  let seenAt = 0;
  return {
    now: () => {
      seenAt = Math.max(seenAt, clock.now());
      return seenAt;
    },
    remember: (at) => {
      seenAt = Math.max(seenAt, at);
    },
    get seenAt() {
      return seenAt;
    },
    vouch: () => {
      const isBack = clock.now() < seenAt;
      seenAt = clock.now();
      return isBack;
    },
    problem: () => {
      const now = clock.now();
      return now < seenAt - TOLERANCE_MS ? { before: seenAt, now } : undefined;
    },
  };
}
