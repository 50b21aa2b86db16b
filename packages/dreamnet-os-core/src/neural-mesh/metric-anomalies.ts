import type { Clock, MetricAnomaly, MetricSample } from '@dreamnet/contracts';
import type { SampleTap } from '../boundary.js';
import { type AnomalyScorer, createAnomalyScorer } from './anomaly/anomaly-scorer.js';
import type { KeptScorer } from './anomaly/packed-scorer.js';

/** At about 6 KiB a series these are 12 MiB. */
export const DEFAULT_ANOMALY_LIMIT = 2_000;
/** Values that come closer together are left out: at the limit the scorers then take about 1 % of one core. */
const DEFAULT_EVERY_MS = 1_000;
/** Of a value a second one comes a little early now and then; leaving that out would make an uneven series of an even one. */
const ON_TIME = 0.8;
/** A series this long without a value gives its place to a new one. */
const IDLE_MS = 600_000;
const TELLING_SCORE = 0.5;

export interface MetricAnomaliesOptions {
  clock: Clock;
  /** Series scored at a time. Default 2,000; the values of others are counted and not scored. */
  limit?: number;
  /** About one value of a series so often is scored at most: those that come less than 0.8 of it after the last are left out. Default 1 s. */
  everyMs?: number;
}

/** Counters since the start. */
export interface AnomalyFigures {
  series: number;
  learning: number;
  scored: number;
  /** Values left out because they came too close together. */
  thinned: number;
  /** Values of series there was no place for. */
  refused: number;
  /** Series that gave their place to another. */
  replaced: number;
  /** Series that went on with what an earlier life of the program had learnt. */
  resumed: number;
  listenersFailed: number;
}

/** One scorer per metric of every subsystem, bounded. */
export interface MetricAnomalies {
  /** Scores one value; never throws, never waits. */
  take(sample: MetricSample): void;
  /** The same, each series looked for only once. */
  readonly tap: SampleTap<WatchedSeries>;
  read(subsystem: string, metric: string): MetricAnomaly | undefined;
  /** Highest score first, then the newest told. */
  list(): MetricAnomaly[];
  /** Called with every score once a series has been learnt; must return at once. Returns the unsubscribe. */
  onScore(listener: (anomaly: MetricAnomaly) => void): () => void;
  /** Lets go of what was learnt of one subsystem. */
  forget(subsystem: string): void;
  figures(): AnomalyFigures;
}

/** The anomalies with what only their keeping asks. */
export interface MetricAnomaliesRoom extends MetricAnomalies {
  /** All that is scored, longest without a value first. */
  watched(): Iterable<WatchedSeries>;
  get(subsystem: string, metric: string): WatchedSeries | undefined;
  /** Asked when a series comes for the first time, for what is known of it from before. */
  resumeFrom(find: (subsystem: string, metric: string) => KeptScorer | undefined): void;
}

/** What is known of one series. */
export interface WatchedSeries {
  readonly scorer: AnomalyScorer;
  readonly subsystem: string;
  readonly metric: string;
  /** Epoch ms of the newest value scored; NaN before the first. */
  at: number;
  value: number;
  score: number;
  fedMs: number;
  /** It gave its place away. */
  isOver: boolean;
  lastTold?: MetricAnomaly['lastTold'];
}

/** Learns from the moment it is made; what it learnt is kept by `createAnomalyKeeping`. */
export function createMetricAnomalies(options: MetricAnomaliesOptions): MetricAnomaliesRoom {
  const { clock, limit = DEFAULT_ANOMALY_LIMIT, everyMs = DEFAULT_EVERY_MS } = options;
  const watched = createShelf();
  const listeners = new Set<(anomaly: MetricAnomaly) => void>();
  const counts = { scored: 0, thinned: 0, refused: 0, replaced: 0, resumed: 0, listenersFailed: 0 };
  let find: Door['find'] = () => undefined;
  const isPlace = createPlaceCheck(watched, limit, counts);
  const tap: SampleTap<WatchedSeries> = {
    open: (subsystem, metric) => openSeries(watched, { subsystem, metric }, { clock, isPlace, counts, find }),
    take: (one, value, at) => {
      if (one.isOver) return false;
      // Before the first value this is NaN, which is not less than anything.
      if (Math.abs(at - one.at) < everyMs * ON_TIME) {
        counts.thinned += 1;
        return true;
      }
      watched.putLast(one);
      score(one, { value, at }, clock.monotonic());
      counts.scored += 1;
      tell(one, listeners, counts);
      return true;
    },
  };
  return {
    take: ({ subsystem, metric, value, at }) => {
      const one = tap.open(subsystem, metric);
      if (one !== undefined) tap.take(one, value, at);
    },
    tap,
    read: (subsystem, metric) => {
      const one = watched.get(subsystem, metric);
      return one && anomalyOf(one);
    },
    list: () => [...watched.all].map(anomalyOf).sort(byScore),
    onScore: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forget: (subsystem) => {
      for (const one of watched.all) if (one.subsystem === subsystem) watched.drop(one);
    },
    watched: () => watched.all,
    get: watched.get,
    resumeFrom: (given) => {
      find = given;
    },
    figures: () => ({
      series: watched.all.size,
      learning: [...watched.all].filter(({ scorer }) => scorer.explain().isLearning).length,
      ...counts,
    }),
  };
}

function tell(
  one: WatchedSeries,
  listeners: ReadonlySet<(anomaly: MetricAnomaly) => void>,
  counts: { listenersFailed: number },
): void {
  if (listeners.size === 0 || one.scorer.explain().isLearning) return;
  const anomaly = anomalyOf(one);
  for (const listener of listeners) {
    try {
      listener(anomaly);
    } catch {
      counts.listenersFailed += 1;
    }
  }
}

/** All that is scored: by name, and in the order of the newest value. */
interface Shelf {
  /** Longest without a value first. */
  readonly all: ReadonlySet<WatchedSeries>;
  get(subsystem: string, metric: string): WatchedSeries | undefined;
  putLast(one: WatchedSeries): void;
  drop(one: WatchedSeries): void;
}

/** Two maps instead of one with a joined key: each of a million samples a second would have to build that key. */
function createShelf(): Shelf {
  const all = new Set<WatchedSeries>();
  const bySubsystem = new Map<string, Map<string, WatchedSeries>>();
  return {
    all,
    get: (subsystem, metric) => bySubsystem.get(subsystem)?.get(metric),
    putLast: (one) => {
      const { subsystem, metric } = one;
      const metrics = bySubsystem.get(subsystem) ?? new Map<string, WatchedSeries>();
      bySubsystem.set(subsystem, metrics.set(metric, one));
      all.delete(one);
      all.add(one);
    },
    drop: (one) => {
      const { subsystem, metric } = one;
      one.isOver = true;
      const metrics = bySubsystem.get(subsystem);
      metrics?.delete(metric);
      if (metrics?.size === 0) bySubsystem.delete(subsystem);
      all.delete(one);
    },
  };
}

/**
 * Makes room by letting go of a series that was silent for long. Whose turn it would be is looked for once: until then
 * nobody else can have been silent for longer, and each of the many that find no place costs one comparison.
 */
function createPlaceCheck(
  watched: Shelf,
  limit: number,
  counts: { replaced: number },
): (nowMs: number) => boolean {
  let noneBeforeMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (watched.all.size < limit) return true;
    if (nowMs < noneBeforeMs) return false;
    const [longest] = watched.all;
    if (longest === undefined) return false;
    noneBeforeMs = longest.fedMs + IDLE_MS;
    if (nowMs < noneBeforeMs) return false;
    watched.drop(longest);
    counts.replaced += 1;
    return true;
  };
}

interface Door {
  clock: Clock;
  isPlace: (nowMs: number) => boolean;
  counts: { refused: number; resumed: number };
  find: (subsystem: string, metric: string) => KeptScorer | undefined;
}

function openSeries(
  watched: Shelf,
  { subsystem, metric }: { subsystem: string; metric: string },
  door: Door,
): WatchedSeries | undefined {
  const known = watched.get(subsystem, metric);
  if (known !== undefined) return known;
  const nowMs = door.clock.monotonic();
  if (!door.isPlace(nowMs)) {
    door.counts.refused += 1;
    return undefined;
  }
  const kept = door.find(subsystem, metric);
  if (kept !== undefined) door.counts.resumed += 1;
  const one = createWatched({ subsystem, metric }, nowMs, kept);
  watched.putLast(one);
  return one;
}

function createWatched(
  { subsystem, metric }: { subsystem: string; metric: string },
  nowMs: number,
  kept: KeptScorer | undefined,
): WatchedSeries {
  return {
    scorer: createAnomalyScorer(kept && { state: kept.state }),
    subsystem,
    metric,
    at: kept?.at ?? Number.NaN,
    ...(kept?.lastTold && { lastTold: kept.lastTold }),
    value: Number.NaN,
    score: 0,
    fedMs: nowMs,
    isOver: false,
  };
}

function score(one: WatchedSeries, { value, at }: { value: number; at: number }, nowMs: number): void {
  one.score = one.scorer.next(value, at);
  one.value = value;
  one.at = at;
  one.fedMs = nowMs;
  if (one.score < TELLING_SCORE) return;
  one.lastTold = { at, value, score: one.score, reason: one.scorer.explain().reason };
}

function anomalyOf(one: WatchedSeries): MetricAnomaly {
  const { subsystem, metric, value, at, score: newest, lastTold } = one;
  const { isLearning, reason } = one.scorer.explain();
  return { subsystem, metric, value, at, score: newest, isLearning, reason, ...(lastTold && { lastTold }) };
}

function byScore(a: MetricAnomaly, b: MetricAnomaly): number {
  return b.score - a.score || (b.lastTold?.at ?? 0) - (a.lastTold?.at ?? 0);
}
