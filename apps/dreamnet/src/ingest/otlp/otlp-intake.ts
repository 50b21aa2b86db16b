import { type Clock, type HealthReport, LONGEST_TTL_MS } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { PROGRAM_ERRORS, programError } from '../../errors.js';
import { isRefusal, type Refusal, type ReportDesk, refusalError } from '../report-desk.js';
import type { ReportJournal } from '../report-journal.js';
import { type Figure, type NamedFigures, putFigure, together } from './figures.js';
import { MOST_BUCKETS_KEPT } from './metric-figures.js';
import {
  instanceIdOf,
  MISSED_EXPORTS,
  type OtlpInstance,
  paceOf,
  USUAL_INTERVAL_MS,
} from './otlp-instances.js';
import type {
  MetricsRequest,
  OtlpMetric,
  OtlpScopeMetrics,
  OtlpSpan,
  TracesRequest,
} from './otlp-messages.js';
import { scopeOf } from './otlp-scopes.js';
import type { OtlpService, OtlpServices } from './otlp-services.js';
import { timesOfMetrics, timesOfSpans } from './otlp-times.js';

/** What of an export was not taken, and why; 0 and empty when all of it was. */
export interface ExportOutcome {
  rejected: number;
  message: string;
  /** Set when nothing at all was taken because of it: to be tried again. */
  retry: DreamnetError | undefined;
}

/** Turns exports into reports. Each resolves when its reports are on disk. */
export interface OtlpIntake {
  metrics(request: MetricsRequest, agent: string | undefined): Promise<ExportOutcome>;
  traces(request: TracesRequest, agent: string | undefined): Promise<ExportOutcome>;
}

export interface OtlpIntakeOptions {
  clock: Clock;
  desk: ReportDesk;
  journal: Pick<ReportJournal, 'keep'>;
  services: OtlpServices;
  /** Told of tokens that spans tell of, each once. */
  onTokens?: (service: string, tokens: number) => void;
}

const GAPS_KEPT = 5;
/** Of the name of a metric that was rejected. */
const MOST_SHOWN = 80;
const MOST_METRICS = 1000;
/** A collector before a large fleet sends a few thousand together; each costs a report. */
const MOST_RESOURCES = 10_000;

interface Group {
  service: OtlpService;
  report: HealthReport;
  /** Points or spans it was made of. */
  items: number;
}

interface ToldMetrics {
  scopeMetrics: readonly OtlpScopeMetrics[];
  /** What the process told in its export before. */
  before: NamedFigures;
  outcome: ExportOutcome;
}

interface HeardSpans {
  service: OtlpService;
  instance: OtlpInstance;
  spans: readonly OtlpSpan[];
}

/** An intake for the given services. */
export function createOtlpIntake(options: OtlpIntakeOptions): OtlpIntake {
  const { clock, services } = options;
  return {
    metrics: (request, agent) => {
      const outcome = newOutcome();
      const groups: Group[] = [];
      /** With what each process had told before this export. */
      const heard = new Map<OtlpInstance, NamedFigures>();
      for (const { resource, scopeMetrics = [] } of resourcesOf(request.resourceMetrics)) {
        const metrics = scopeMetrics.flatMap((scope) => scope.metrics ?? []);
        const points = metrics.reduce((sum, metric) => sum + pointsOf(metric), 0);
        const service = services.of(resource, agent);
        if ('refused' in service) reject(outcome, points, service.refused);
        else {
          const instance = service.instances.hear(instanceIdOf(resource), timesOfMetrics(metrics));
          const before = heard.get(instance) ?? instance.figures;
          if (!heard.has(instance)) beginExport(instance, clock.monotonic());
          heard.set(instance, before);
          groups.push(metricsReport(service, instance, { scopeMetrics, points, before, outcome }));
        }
      }
      return takeGroups(options, groups, { outcome, agent });
    },
    traces: (request, agent) => {
      const outcome = newOutcome();
      const heard: HeardSpans[] = [];
      for (const { resource, scopeSpans = [] } of resourcesOf(request.resourceSpans)) {
        const spans = scopeSpans.flatMap((scope) => scope.spans ?? []);
        const service = services.of(resource, agent);
        if ('refused' in service) reject(outcome, spans.length, service.refused);
        else {
          const instance = service.instances.hear(instanceIdOf(resource), timesOfSpans(spans));
          service.spans.end(spans, instance.open);
          heard.push({ service, instance, spans });
        }
      }
      const groups = heard.map((one) => spansReport(options, one));
      return takeGroups(options, groups, { outcome, agent });
    },
  };
}

function newOutcome(): ExportOutcome {
  return { rejected: 0, message: '', retry: undefined };
}

function reject(outcome: ExportOutcome, items: number, why: string): void {
  outcome.rejected += items;
  if (outcome.message === '') outcome.message = why;
}

/** What the export before told is over: a name that does not come again has no value any more. */
function beginExport(instance: OtlpInstance, nowMs: number): void {
  if (instance.lastMetricsMs !== undefined)
    instance.gapsMs = [...instance.gapsMs.slice(1 - GAPS_KEPT), nowMs - instance.lastMetricsMs];
  instance.lastMetricsMs = nowMs;
  instance.figures = new Map();
}

/**
 * What the process told, put together with what the others of the service told last. Metrics come at a steady pace, so
 * their staying away means something; the pace is the sender's own.
 */
function metricsReport(
  service: OtlpService,
  instance: OtlpInstance,
  told: ToldMetrics & { points: number },
): Group {
  const figures: NamedFigures = new Map();
  const rejected = takeMetrics(instance, told, figures);
  const named = [...figures].slice(0, MOST_METRICS);
  keepFigures(instance, named);
  // One point may have made several figures.
  const beyond = Math.min(figures.size - MOST_METRICS, told.points - rejected);
  if (beyond > 0) reject(told.outcome, beyond, `at most ${MOST_METRICS} metrics a service and export`);
  const running = service.instances.running();
  return {
    service,
    report: {
      subsystem: service.name,
      status: 'ok',
      metrics: ofAll(
        running,
        named.map(([name]) => name),
      ),
      ...promised(service),
      isIrregular: true,
    },
    items: told.points - rejected - Math.max(0, beyond),
  };
}

/** @returns points that could not be taken; each reason is told with the first metric that had it */
function takeMetrics(
  { metrics: figuresOf, figures }: OtlpInstance,
  { scopeMetrics, before, outcome }: ToldMetrics,
  into: NamedFigures,
): number {
  const reasons = new Map<string, { points: number; first: string }>();
  const lastTold = (name: string, scope: string): Figure | undefined =>
    (figures.get(name) ?? before.get(name))?.get(scope);
  for (const { scope: library, metrics = [] } of scopeMetrics) {
    const scope = scopeOf(library);
    for (const metric of metrics) {
      const onRejected = (why: string): void => {
        const known = reasons.get(why);
        if (known) known.points += 1;
        else reasons.set(why, { points: 1, first: String(metric.name ?? '').slice(0, MOST_SHOWN) });
      };
      figuresOf.take(metric, { scope, into, lastTold, onRejected });
    }
  }
  let rejected = 0;
  for (const { points } of reasons.values()) rejected += points;
  const texts = [...reasons].map(([why, { points, first }]) => `${why} (${points}, first in '${first}')`);
  if (rejected > 0) reject(outcome, rejected, texts.join('; '));
  return rejected;
}

/** Of histograms beyond what is kept of a process there are counts and rates, and neither means nor quantiles. */
function keepFigures({ figures }: OtlpInstance, named: Iterable<[string, Map<string, Figure>]>): void {
  let left = MOST_BUCKETS_KEPT;
  for (const [name, byScope] of named)
    for (const [scope, figure] of byScope) {
      // The quantiles of a histogram share its buckets with its mean.
      left -= figure.how === 'bucketMean' ? figure.buckets.counts.length : 0;
      if (left >= 0 || 'value' in figure) putFigure(figures, name, { scope, figure });
    }
}

function ofAll(instances: readonly OtlpInstance[], names: readonly string[]): Record<string, number> {
  const metrics: Record<string, number> = Object.create(null);
  for (const name of names) {
    const value = together(instances.flatMap(({ figures }) => [...(figures.get(name)?.values() ?? [])]));
    if (Number.isFinite(value)) metrics[name] = value;
  }
  return metrics;
}

/**
 * How long the service may be silent: by the pace of the metrics of those that run, whatever is exported now. Nothing
 * where none of them exports metrics, or where the fleet file says it.
 */
function promised({ hasOwnTtl, instances }: OtlpService): { ttlMs?: number } {
  const paced = instances.running().filter(({ lastMetricsMs }) => lastMetricsMs !== undefined);
  if (hasOwnTtl || paced.length === 0) return {};
  const ttlMs = MISSED_EXPORTS * Math.max(...paced.map(paceOf), USUAL_INTERVAL_MS);
  return { ttlMs: Math.min(LONGEST_TTL_MS, ttlMs) };
}

/** Spans come when there was something to do: nothing follows from their staying away. */
function spansReport({ onTokens }: OtlpIntakeOptions, { service, instance, spans }: HeardSpans): Group {
  const { metrics, calls, progress, tokens } = service.spans.take(spans, instance.open);
  const inFlight = service.instances.working(instance).reduce((sum, one) => sum + one.open.size, 0);
  // Also of a report that will be refused: what was spent was spent.
  if (tokens > 0) onTokens?.(service.name, tokens);
  return {
    service,
    report: {
      subsystem: service.name,
      status: 'ok',
      metrics,
      inFlight,
      progress,
      ...(calls.length > 0 && { calls }),
      ...promised(service),
      isIrregular: true,
    },
    items: spans.length,
  };
}

async function takeGroups(
  { clock, desk, journal }: OtlpIntakeOptions,
  groups: readonly Group[],
  { outcome, agent }: { outcome: ExportOutcome; agent: string | undefined },
): Promise<ExportOutcome> {
  const at = clock.now();
  const kept: HealthReport[] = [];
  let first: Refusal | undefined;
  let retry: Refusal | undefined;
  for (const { report, items } of groups) {
    const taken = desk.take(report, agent, at);
    if (!isRefusal(taken)) {
      if (taken.accepted) kept.push(report);
      continue;
    }
    outcome.rejected += items;
    first ??= taken;
    if (PROGRAM_ERRORS[taken.code].isRetryable) retry ??= taken;
  }
  if (first !== undefined && outcome.message === '') outcome.message = refusalError(first).message;
  if (kept.length === 0) {
    outcome.retry = retry && refusalError(retry);
    return outcome;
  }
  try {
    await journal.keep(Buffer.from(JSON.stringify(kept)), at);
  } catch (thrown) {
    outcome.retry = DreamnetError.from(thrown);
  }
  return outcome;
}

function pointsOf(metric: OtlpMetric): number {
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric;
  return [gauge, sum, histogram, exponentialHistogram, summary].reduce(
    (count, data) => count + (data?.dataPoints?.length ?? 0),
    0,
  );
}

/** @throws DN_API_BAD_INPUT */
function resourcesOf<T>(resources: readonly T[] = []): readonly T[] {
  if (resources.length > MOST_RESOURCES)
    throw programError('DN_API_BAD_INPUT', {
      where: 'body',
      why: `at most ${MOST_RESOURCES} resources an export`,
    });
  return resources;
}
