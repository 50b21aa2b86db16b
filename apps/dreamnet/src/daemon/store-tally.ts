import type { Clock, Store } from '@dreamnet/contracts';
import { DreamnetError, unstorableOf } from '@dreamnet/kit';

/** A refusal as long ago as this is told, and is no finding any more: what is tried again is tried sooner. */
const RECENT_MS = 60_000;

/** What became of the writes of every room since the daemon started. */
export interface StoreFigures {
  /** Commits that failed; most are tried again. */
  refusedCommits: number;
  /** Records that can never be stored, and were left out or refused. */
  unstorableRecords: number;
}

/** Counts what the store refuses, whoever asked. */
export interface StoreTally {
  figures(): StoreFigures;
  /** What was refused, how often and the last reason, in words; undefined when nothing was. */
  refusals(): { text: string; isRecent: boolean } | undefined;
}

interface Last {
  atMs: number;
  reason: string;
}

/** @returns the store to be used in place of the given one, and the tally of what it refuses */
export function tallyStore(
  inner: Store,
  clock: Pick<Clock, 'monotonic'>,
): { store: Store; tally: StoreTally } {
  const figures = { refusedCommits: 0, unstorableRecords: 0 };
  let last: Last | undefined;
  const commit: Store['commit'] = async (writes) => {
    try {
      await inner.commit(writes);
    } catch (thrown) {
      const unstorable = unstorableOf(thrown).length;
      figures.unstorableRecords += unstorable;
      if (unstorable === 0) figures.refusedCommits += 1;
      last = { atMs: clock.monotonic(), reason: DreamnetError.from(thrown).message };
      throw thrown;
    }
  };
  const store: Store = {
    commit,
    read: (collection, key) => inner.read(collection, key),
    scan: (collection, options) => inner.scan(collection, options),
    readJournal: (journal, range) => inner.readJournal(journal, range),
    close: () => inner.close(),
    ...(inner.trimJournal && { trimJournal: inner.trimJournal.bind(inner) }),
  };
  const refusals = () => {
    if (last === undefined) return undefined;
    const agoMs = clock.monotonic() - last.atMs;
    return { text: textOf(figures, agoMs, last.reason), isRecent: agoMs < RECENT_MS };
  };
  return { store, tally: { figures: () => ({ ...figures }), refusals } };
}

function textOf({ refusedCommits, unstorableRecords }: StoreFigures, agoMs: number, reason: string): string {
  const counts = [
    ...(refusedCommits > 0 ? [`${refusedCommits} commits failed`] : []),
    ...(unstorableRecords > 0 ? [`${unstorableRecords} records can never be stored and were left out`] : []),
  ];
  return `since the start ${counts.join(' and ')}, the last ${Math.round(agoMs / 1000)} s ago: ${reason}`;
}
