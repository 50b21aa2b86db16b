/** The types of both text formats; `unknown` is also what the older one calls `untyped`. */
export const METRIC_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** A measurement that stands for many: labels, value and, in seconds, when. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp?: number;
}

/** One line of an exposition. */
export interface MetricPoint {
  /** As written, suffix included: `http_requests_total`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch seconds, of the older format too. */
  readonly timestamp?: number;
  readonly exemplar?: Exemplar;
}

/** The points under one name and what was said of them. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
  readonly points: readonly MetricPoint[];
}

/** A whole exposition, or the first line that is not as the format says. Lines count from 1. */
export type ParsedExposition =
  | { readonly isAccepted: true; readonly families: readonly MetricFamily[] }
  | { readonly isAccepted: false; readonly line: number; readonly why: string };

/** How much of a text is taken. */
export interface ExpositionLimits {
  /** Most points of a text. Default 200 000. */
  points?: number;
  /** Most labels of a point. Default 64. */
  labels?: number;
}

export const EXPOSITION_LIMITS = { points: 200_000, labels: 64 } as const;
