import type { Clock } from '@dreamnet/contracts';
import type { NamedFigures } from './figures.js';
import { createMetricFigures, type MetricFigures } from './metric-figures.js';
import type { OpenSpans } from './open-spans.js';
import type { OtlpResource } from './otlp-messages.js';
import { attributesOf } from './otlp-messages.js';

/** One process of a service that exports. */
export interface OtlpInstance {
  readonly metrics: MetricFigures;
  /** What its last export of metrics told. */
  figures: NamedFigures;
  readonly open: OpenSpans;
  /** Monotonic ms of its last metrics; undefined before any. */
  lastMetricsMs: number | undefined;
  /** The last few times between its metrics, ms; the newest last. */
  gapsMs: readonly number[];
}

/** What an export tells of its process, epoch ms by that process's clock; undefined where it does not. */
export interface InstanceTimes {
  /** When it began to count. */
  startedAt: number | undefined;
  /** The newest time in it. */
  toldAt: number | undefined;
}

/** The processes of one service. */
export interface OtlpInstances {
  /** The one that an export comes from. */
  hear(id: string, times: InstanceTimes): OtlpInstance;
  /** Those that count as running. */
  running(): readonly OtlpInstance[];
  /**
   * Those of them whose open spans count as work when this one exports: itself, and who told something since its export
   * before. Who did not has fallen silent while others go on, and may have been killed; it counts again when it is heard.
   */
  working(exporting: OtlpInstance): readonly OtlpInstance[];
}

/** Each remembers a few hundred series; the one that was silent for longest gives its place to a new one. */
const MOST_INSTANCES = 100;
/** Metrics come at an interval of the sender's; so many of them may fail to come. */
export const MISSED_EXPORTS = 3;
/** The interval of most SDKs, until it is seen. */
export const USUAL_INTERVAL_MS = 60_000;
/** Spans come when there was something to do: only a long silence tells. */
const LONGEST_SPAN_SILENCE_MS = 3_600_000;

interface Known {
  readonly instance: OtlpInstance;
  /** Monotonic ms. */
  heardMs: number;
  /** Monotonic ms of its export before that. */
  heardBeforeMs: number;
  /** Epoch ms by its own clock. */
  toldAt: number;
  /** Another one began after its last word. */
  isPerhapsOver: boolean;
}

/**
 * No process yet. A process that began after the last word of another may be its successor: the other one does not count
 * until it is heard again. So a restart does not count twice, and replicas, whose times overlap, all count.
 */
export function createOtlpInstances(clock: Clock): OtlpInstances {
  /** Longest silent first. */
  const all = new Map<string, Known>();
  const isSilent = ({ instance, heardMs }: Known): boolean =>
    clock.monotonic() - heardMs > silenceMs(instance);
  const begin = (startedAt: number): Known => {
    for (const [id, other] of all) {
      if (isSilent(other)) all.delete(id);
      else if (other.toldAt <= startedAt) other.isPerhapsOver = true;
    }
    const [longest] = all.keys();
    if (all.size >= MOST_INSTANCES && longest !== undefined) all.delete(longest);
    return { instance: createInstance(), heardMs: 0, heardBeforeMs: 0, toldAt: 0, isPerhapsOver: false };
  };
  const running = (): Known[] => [...all.values()].filter((one) => !one.isPerhapsOver && !isSilent(one));
  return {
    hear: (id, { startedAt = Number.POSITIVE_INFINITY, toldAt = clock.now() }) => {
      const one = all.get(id) ?? begin(startedAt);
      all.delete(id);
      all.set(id, one);
      const nowMs = clock.monotonic();
      // One export may name a process several times.
      if (nowMs > one.heardMs) one.heardBeforeMs = one.heardMs;
      one.heardMs = nowMs;
      one.toldAt = Math.max(one.toldAt, toldAt);
      one.isPerhapsOver = false;
      return one.instance;
    },
    running: () => running().map(({ instance }) => instance),
    working: (exporting) => {
      const its = [...all.values()].find(({ instance }) => instance === exporting);
      return running()
        .filter(({ heardMs }) => heardMs >= (its?.heardBeforeMs ?? 0))
        .map(({ instance }) => instance);
    },
  };
}

/** Which process of a service: what it is called, else where it runs and its number there. */
export function instanceIdOf(resource: OtlpResource | undefined): string {
  const attributes = attributesOf(resource?.attributes);
  const own = attributes.get('service.instance.id');
  if (own !== undefined) return String(own);
  const places = ['k8s.pod.uid', 'container.id', 'host.id', 'host.name', 'process.pid'];
  return places.map((name) => attributes.get(name) ?? '').join('/');
}

/**
 * The interval at which metrics come, ms: the second longest of the last five gaps. The longest may be an outage,
 * which says nothing of the pace; short ones are exports that were forced in between. 0 before the second export.
 */
export function paceOf({ gapsMs }: OtlpInstance): number {
  const [longest = 0, second = longest] = [...gapsMs].sort((a, b) => b - a);
  return second;
}

function createInstance(): OtlpInstance {
  return {
    metrics: createMetricFigures(),
    figures: new Map(),
    open: new Map(),
    lastMetricsMs: undefined,
    gapsMs: [],
  };
}

function silenceMs(instance: OtlpInstance): number {
  if (instance.lastMetricsMs === undefined) return LONGEST_SPAN_SILENCE_MS;
  return MISSED_EXPORTS * Math.max(paceOf(instance), USUAL_INTERVAL_MS);
}
