import type { Clock, MetricAnomaly, MetricSample } from '@dreamnet/contracts';
import { type AnomalyScorer, createAnomalyScorer } from './anomaly/anomaly-scorer.js';

/** At about 6 KiB a series these are 12 MiB. */
const DEFAULT_LIMIT = 2_000;
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
  listenersFailed: number;
}

/** One scorer per metric of every subsystem, bounded. */
export interface MetricAnomalies {
  /** Scores one value; never throws, never waits. */
  take(sample: MetricSample): void;
  read(subsystem: string, metric: string): MetricAnomaly | undefined;
  /** Highest score first, then the newest told. */
  list(): MetricAnomaly[];
  /** Called with every score once a series has been learnt; must return at once. Returns the unsubscribe. */
  onScore(listener: (anomaly: MetricAnomaly) => void): () => void;
  /** Lets go of what was learnt of one subsystem. */
  forget(subsystem: string): void;
  figures(): AnomalyFigures;
}

interface Watched {
  scorer: AnomalyScorer;
  sample: MetricSample;
  score: number;
  fedMs: number;
  lastTold?: MetricAnomaly['lastTold'];
}

/** Learns from the moment it is made; what it learnt is not stored. */
export function createMetricAnomalies(options: MetricAnomaliesOptions): MetricAnomalies {
  const { clock, limit = DEFAULT_LIMIT, everyMs = DEFAULT_EVERY_MS } = options;
  const watched = createShelf();
  const listeners = new Set<(anomaly: MetricAnomaly) => void>();
  const counts = { scored: 0, thinned: 0, refused: 0, replaced: 0, listenersFailed: 0 };
  const tell = (one: Watched): void => {
    if (listeners.size === 0 || one.scorer.explain().isLearning) return;
    const anomaly = anomalyOf(one);
    for (const listener of listeners) {
      try {
        listener(anomaly);
      } catch {
        counts.listenersFailed += 1;
      }
    }
  };
  return {
    take: (sample) => {
      const known = watched.get(sample.subsystem, sample.metric);
      if (known !== undefined && Math.abs(sample.at - known.sample.at) < everyMs * ON_TIME) {
        counts.thinned += 1;
        return;
      }
      const nowMs = clock.monotonic();
      if (known === undefined && !makePlace(watched, limit, { nowMs, counts })) {
        counts.refused += 1;
        return;
      }
      const one = known ?? { scorer: createAnomalyScorer(), sample, score: 0, fedMs: nowMs };
      watched.putLast(one);
      score(one, sample, nowMs);
      counts.scored += 1;
      tell(one);
    },
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
      for (const one of watched.all) if (one.sample.subsystem === subsystem) watched.drop(one);
    },
    figures: () => ({
      series: watched.all.size,
      learning: [...watched.all].filter(({ scorer }) => scorer.explain().isLearning).length,
      ...counts,
    }),
  };
}

/** All that is scored: by name, and in the order of the newest value. */
interface Shelf {
  /** Longest without a value first. */
  readonly all: ReadonlySet<Watched>;
  get(subsystem: string, metric: string): Watched | undefined;
  putLast(one: Watched): void;
  drop(one: Watched): void;
}

/** Two maps instead of one with a joined key: each of a million samples a second would have to build that key. */
function createShelf(): Shelf {
  const all = new Set<Watched>();
  const bySubsystem = new Map<string, Map<string, Watched>>();
  return {
    all,
    get: (subsystem, metric) => bySubsystem.get(subsystem)?.get(metric),
    putLast: (one) => {
      const { subsystem, metric } = one.sample;
      const metrics = bySubsystem.get(subsystem) ?? new Map<string, Watched>();
      bySubsystem.set(subsystem, metrics.set(metric, one));
      all.delete(one);
      all.add(one);
    },
    drop: (one) => {
      const { subsystem, metric } = one.sample;
      const metrics = bySubsystem.get(subsystem);
      metrics?.delete(metric);
      if (metrics?.size === 0) bySubsystem.delete(subsystem);
      all.delete(one);
    },
  };
}

function makePlace(
  watched: Shelf,
  limit: number,
  { nowMs, counts }: { nowMs: number; counts: { replaced: number } },
): boolean {
  if (watched.all.size < limit) return true;
  const [longest] = watched.all;
  if (longest === undefined || nowMs - longest.fedMs < IDLE_MS) return false;
  watched.drop(longest);
  counts.replaced += 1;
  return true;
}

function score(one: Watched, sample: MetricSample, nowMs: number): void {
  one.score = one.scorer.next(sample.value, sample.at);
  one.sample = sample;
  one.fedMs = nowMs;
  if (one.score < TELLING_SCORE) return;
  const { at, value } = sample;
  one.lastTold = { at, value, score: one.score, reason: one.scorer.explain().reason };
}

function anomalyOf({ scorer, sample, score: newest, lastTold }: Watched): MetricAnomaly {
  const { isLearning, reason } = scorer.explain();
  return { ...sample, score: newest, isLearning, reason, ...(lastTold && { lastTold }) };
}

function byScore(a: MetricAnomaly, b: MetricAnomaly): number {
  return b.score - a.score || (b.lastTold?.at ?? 0) - (a.lastTold?.at ?? 0);
}
