import type { MetricSample, SeriesAnswer, SeriesListing, SeriesName, SeriesRange } from '@dreamnet/contracts';
import type { RoomOptions, SampleTap } from '../../boundary.js';
import { coreError } from '../../errors.js';
import { createBlockKeeper } from './block-keeper.js';
import type { Samples } from './sample-block.js';
import { createSampleIntake } from './sample-intake.js';
import { createSeriesBook, type Series, type SeriesBook } from './series-book.js';
import { createSeriesJobs } from './series-jobs.js';
import { listSeries, type SeriesFilter } from './series-list.js';
import {
  createCounts,
  HISTORY_DEFAULTS,
  type HistoryCore,
  type HistoryFigures,
  type HistoryKeep,
  type HistorySettings,
} from './series-options.js';
import { createSeriesQuery, type SeriesQuery } from './series-query.js';

export interface SeriesHistoryOptions extends RoomOptions {
  settings?: Partial<Omit<HistorySettings, 'keep'>> & { keep?: Partial<HistoryKeep> };
}

/** All metrics, scores and changes of status over time. */
export interface SeriesHistory {
  /** Takes a metric's value. Idempotent by series and time; never throws and never waits. */
  take(sample: MetricSample): void;
  /** The same, each series looked for only once. */
  readonly tap: SampleTap<Series>;
  /** Takes a value of any series; `NaN` says that nothing is known from then on. `at` is epoch ms. */
  record(name: SeriesName, at: number, value: number): void;
  /** What is in memory of a series, at once: the newest part of it, all of it without a store. Oldest first. */
  points(name: SeriesName, fromMs: number, toMs: number): { at: number; value: number }[];
  /** Every value of a series, from memory and store. Empty for an unknown one. */
  samples(name: SeriesName, fromMs: number, toMs: number): Promise<Samples>;
  /** @throws DN_CORE_SERIES_UNKNOWN, DN_CORE_SERIES_RANGE, and the store's errors */
  range(range: SeriesRange): Promise<SeriesAnswer>;
  /** By subject, then metric. */
  list(filter?: SeriesFilter): SeriesListing[];
  /** Is there such a series? */
  has(name: SeriesName): boolean;
  figures(): HistoryFigures;
  /**
   * Brings everything taken before this call into the store. Without a store nothing happens.
   *
   * @throws the store's error; then nothing is lost, it is tried again later
   */
  flush(): Promise<void>;
  /** Told after everything taken before some moment came into the store: that moment, monotonic ms. */
  onFlushed(listener: (beforeMs: number) => void): () => void;
  /** Learns which series are stored. Called by `flush` when nobody did before. Idempotent. */
  load(): Promise<void>;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
  start(): void;
  /** Ends the timer and flushes; what the store does not take then is told as `store.failed`. */
  stop(): Promise<void>;
}

/** A history in memory, and in the store when there is one. */
export function createSeriesHistory(options: SeriesHistoryOptions): SeriesHistory {
  const core = createCore(options);
  const book = createSeriesBook(core.settings);
  const keeper = createBlockKeeper(core);
  const intake = createSampleIntake(core, keeper.closed);
  const onDamaged = damageReport(core);
  const query = createSeriesQuery(core, onDamaged);
  const jobs = createSeriesJobs(core, { book, intake, keeper, onDamaged });
  const put = (series: Series | undefined, at: number, value: number): void => {
    if (series === undefined) core.counts.overLimit += 1;
    else intake.add(series, at, value);
  };
  const metricSeries = (subsystem: string, metric: string): Series | undefined =>
    book.metric(subsystem, metric) ?? book.open({ kind: 'metric', subject: subsystem, metric });
  return {
    ...reading(core, book, query),
    ...jobs,
    take: ({ subsystem, metric, at, value }) => {
      // Not finite: the difference to itself is not zero.
      if (value - value !== 0) core.counts.unusable += 1;
      else put(metricSeries(subsystem, metric), at, value);
    },
    tap: {
      open: (subsystem, metric) => {
        const series = metricSeries(subsystem, metric);
        if (series === undefined) core.counts.overLimit += 1;
        return series;
      },
      take: (series, value, at) => {
        intake.add(series, at, value);
        return true;
      },
    },
    record: (name, at, value) => put(book.find(name) ?? book.open(name), at, value),
  };
}

function createCore(options: SeriesHistoryOptions): HistoryCore {
  const { clock, publish, store } = options;
  const keep = { ...HISTORY_DEFAULTS.keep, ...options.settings?.keep };
  const settings = { ...HISTORY_DEFAULTS, ...options.settings, keep };
  return { clock, publish, store, settings, counts: createCounts() };
}

function reading(core: HistoryCore, book: SeriesBook, query: SeriesQuery) {
  const { counts } = core;
  return {
    points: (name: SeriesName, fromMs: number, toMs: number) => {
      const series = book.find(name);
      return series === undefined ? [] : pairs(query.recent(series, fromMs, toMs));
    },
    samples: async (name: SeriesName, fromMs: number, toMs: number): Promise<Samples> => {
      const series = book.find(name);
      if (series !== undefined) return query.raw(series, fromMs, toMs);
      return { times: new Float64Array(0), values: new Float64Array(0) };
    },
    range: async (range: SeriesRange): Promise<SeriesAnswer> => {
      checkRange(range);
      const series = book.find(range.series);
      if (series === undefined) throw coreError('DN_CORE_SERIES_UNKNOWN', { ...range.series });
      return query.range(series, range);
    },
    has: (name: SeriesName) => book.find(name) !== undefined,
    list: (filter: SeriesFilter = {}) => listSeries(book, filter),
    figures: (): HistoryFigures => ({ ...counts, series: book.known, activeSeries: book.active }),
  };
}

function pairs({ times, values }: Samples): { at: number; value: number }[] {
  const found: { at: number; value: number }[] = [];
  for (let at = 0; at < times.length; at += 1) found.push({ at: times[at] ?? 0, value: values[at] ?? 0 });
  return found;
}

/** An answer longer than this is of no use to anybody and would hold everybody up. */
const MOST_STEPS = 50_000;

function checkRange({ fromMs, toMs, stepMs }: SeriesRange): void {
  const problem =
    !Number.isFinite(fromMs) || !Number.isFinite(toMs)
      ? 'its ends are not times'
      : fromMs > toMs
        ? 'it ends before it begins'
        : stepMs !== undefined && !(stepMs >= 1)
          ? 'its step is less than 1 ms'
          : stepMs !== undefined && (toMs - fromMs) / stepMs > MOST_STEPS
            ? `it has more than ${MOST_STEPS} steps; make the step longer`
            : undefined;
  if (problem !== undefined) throw coreError('DN_CORE_SERIES_RANGE', { problem });
}

/** A record is told of once, however often it is read; so many are remembered. */
const TOLD_LIMIT = 1000;

function damageReport({ counts, publish }: HistoryCore): (key: string) => void {
  const told = new Set<string>();
  return (key) => {
    if (told.has(key)) return;
    if (told.size < TOLD_LIMIT) told.add(key);
    counts.damagedBlocks += 1;
    const error = coreError('DN_CORE_SERIES_DAMAGED', { key });
    publish('store.failed', 'history', {
      operation: 'read the history',
      error: `${error.code}: ${error.message}`,
    });
  };
}
