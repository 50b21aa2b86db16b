/** One value of one metric of one subsystem. `metric` may carry labels: `http.errors{route="/pay"}`. `at` is epoch ms. */
export interface MetricSample {
  subsystem: string;
  metric: string;
  value: number;
  at: number;
}

/** Names a series: whose metric. The four scores are `score` of the subsystem named like the domain, with `kind: 'score'`. */
export interface SeriesName {
  kind: 'metric' | 'score' | 'status';
  subject: string;
  metric: string;
}

/** What a stretch of time held. `min`, `max`, `sum` and `count` are over the raw values within it. */
export interface SeriesPoint {
  /** Epoch ms of the beginning of the stretch; of the value itself when nothing was summed up. */
  at: number;
  mean: number;
  min: number;
  max: number;
  count: number;
}

/** From `fromMs` inclusive to `toMs` exclusive (epoch ms), a point every `stepMs`; without it as they are kept. */
export interface SeriesRange {
  series: SeriesName;
  fromMs: number;
  toMs: number;
  stepMs?: number;
}

/** The points, oldest first, and how fine the values behind them were. */
export interface SeriesAnswer {
  points: SeriesPoint[];
  resolution: 'raw' | '1m' | '1h';
}

/** How unusual one point of a series was, by what came before it. `score` is 0..1, from 0.5 on worth telling. */
export interface AnomalyPoint {
  /** Epoch ms. */
  at: number;
  score: number;
  /** Too little came before it to call anything unusual. */
  isLearning: boolean;
  /** The strongest evidence in words. */
  reason: string;
}
