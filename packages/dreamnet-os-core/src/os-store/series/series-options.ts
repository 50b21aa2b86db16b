import type { Clock, PublishEvent, Store } from '@dreamnet/contracts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long each resolution is kept, ms. */
export interface HistoryKeep {
  rawMs: number;
  minuteMs: number;
  hourMs: number;
}

/** Settings of the history; every field has a default. */
export interface HistorySettings {
  keep: HistoryKeep;
  /** Between two writes to the store, ms. */
  flushEveryMs: number;
  /** A block is closed when its oldest sample is this old, however few it holds, ms. */
  blockAgeMs: number;
  /** Metrics of one subsystem; further names are dropped and counted. */
  seriesPerSubsystem: number;
  /** Series that had a sample within the last day; further names are dropped and counted. */
  seriesTotal: number;
  /** Encoded blocks kept in memory: the newest of all series. Without a store this is all the history there is. */
  memoryBytes: number;
  /** Encoded blocks that may wait for a store that takes no writes; beyond it the oldest are lost and counted. */
  waitingBytes: number;
}

/** Defaults of `HistorySettings`: raw 48 h, minutes 30 days, hours 400 days. */
export const HISTORY_DEFAULTS: HistorySettings = {
  keep: { rawMs: 48 * HOUR_MS, minuteMs: 30 * DAY_MS, hourMs: 400 * DAY_MS },
  flushEveryMs: 60_000,
  blockAgeMs: 300_000,
  seriesPerSubsystem: 500,
  seriesTotal: 20_000,
  memoryBytes: 32 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
};

/** Counts since the history was made, and what it holds now. */
export interface HistoryFigures {
  /** Series known, and those of them with a sample within the last day (as of the last hourly count). */
  series: number;
  activeSeries: number;
  taken: number;
  /** At a time its series already has. */
  duplicates: number;
  /** Older than what was closed or is kept. */
  late: number;
  /** Not a number, not a time, or a name nobody could write. */
  unusable: number;
  /** Of series beyond the limits. */
  overLimit: number;
  /** Times a series began anew because the clock was set back. */
  clockSetBack: number;
  /** Samples lost because the store took no writes for too long. */
  lost: number;
  /** Stored blocks that could not be read, and were left out. */
  damagedBlocks: number;
  /** Bytes of encoded blocks in memory, and those of them not in the store yet. */
  memoryBytes: number;
  waitingBytes: number;
  /** Encoded bytes and samples written to the store. */
  storedBytes: number;
  storedSamples: number;
  /** Why the last write failed; null when it did not. */
  lastError: string | null;
}

/** What the parts of the history share. */
export interface HistoryCore {
  readonly clock: Clock;
  readonly publish: PublishEvent;
  readonly store: Store | undefined;
  readonly settings: HistorySettings;
  readonly counts: HistoryCounts;
}

export type HistoryCounts = Omit<HistoryFigures, 'series' | 'activeSeries'>;

/** All zero. */
export function createCounts(): HistoryCounts {
  return {
    taken: 0,
    duplicates: 0,
    late: 0,
    unusable: 0,
    overLimit: 0,
    clockSetBack: 0,
    lost: 0,
    damagedBlocks: 0,
    memoryBytes: 0,
    waitingBytes: 0,
    storedBytes: 0,
    storedSamples: 0,
    lastError: null,
  };
}
