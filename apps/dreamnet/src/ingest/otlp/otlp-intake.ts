import type { Clock, HealthReport } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { PROGRAM_ERRORS, programError } from '../../errors.js';
import { isRefusal, type Refusal, type ReportDesk, refusalError } from '../report-desk.js';
import type { ReportJournal } from '../report-journal.js';
import type { MetricsRequest, OtlpMetric, OtlpSpan, TracesRequest } from './otlp-messages.js';
import type { OtlpService, OtlpServices } from './otlp-services.js';

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

/** Metrics come at an interval of the sender's; so many of them may fail to come. */
const MISSED_EXPORTS = 3;
/** The interval of most SDKs, until it is seen. */
const USUAL_INTERVAL_MS = 60_000;
const GAPS_KEPT = 5;
const MOST_METRICS = 1000;
/** A collector before a large fleet sends a few thousand together; each costs a report. */
const MOST_RESOURCES = 10_000;

interface Group {
  service: OtlpService;
  report: HealthReport;
  /** Points or spans it was made of. */
  items: number;
}

/** An intake for the given services. */
export function createOtlpIntake(options: OtlpIntakeOptions): OtlpIntake {
  const { clock, services } = options;
  return {
    metrics: (request, agent) => {
      const outcome = newOutcome();
      const groups: Group[] = [];
      for (const { resource, scopeMetrics = [] } of resourcesOf(request.resourceMetrics)) {
        const metrics = scopeMetrics.flatMap((scope) => listOf(scope.metrics));
        const points = metrics.reduce((sum, metric) => sum + pointsOf(metric), 0);
        const service = services.of(resource, agent);
        if ('refused' in service) reject(outcome, points, service.refused);
        else groups.push(metricsReport(clock, service, { metrics, points, outcome }));
      }
      return takeGroups(options, groups, { outcome, agent });
    },
    traces: (request, agent) => {
      const outcome = newOutcome();
      const groups: Group[] = [];
      for (const { resource, scopeSpans = [] } of resourcesOf(request.resourceSpans)) {
        const spans = scopeSpans.flatMap((scope) => listOf(scope.spans));
        const service = services.of(resource, agent);
        if ('refused' in service) reject(outcome, spans.length, service.refused);
        else groups.push({ service, report: spansReport(options, service, spans), items: spans.length });
      }
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

/** Metrics come at a steady pace, so their staying away means something; the pace is the sender's own. */
function metricsReport(
  clock: Clock,
  service: OtlpService,
  told: { metrics: readonly OtlpMetric[]; points: number; outcome: ExportOutcome },
): Group {
  const figures: Record<string, number> = Object.create(null);
  let rejected = 0;
  for (const metric of told.metrics) rejected += service.metrics.take(metric, figures);
  if (rejected > 0)
    reject(
      told.outcome,
      rejected,
      'a name longer than 200 characters with its attributes, or a histogram of more than 1000 buckets',
    );
  const ttlMs = MISSED_EXPORTS * Math.max(paceOf(service, clock.monotonic()), USUAL_INTERVAL_MS);
  const named = Object.entries(figures);
  const metrics = Object.fromEntries(named.slice(0, MOST_METRICS));
  // One point may have made several figures.
  const beyond = Math.min(named.length - MOST_METRICS, told.points - rejected);
  if (beyond > 0) reject(told.outcome, beyond, `at most ${MOST_METRICS} metrics a service and export`);
  return {
    service,
    report: {
      subsystem: service.name,
      status: 'ok',
      metrics,
      ...(!service.hasOwnTtl && { ttlMs }),
      isIrregular: true,
    },
    items: told.points - rejected - Math.max(0, beyond),
  };
}

/**
 * The interval at which its metrics come, ms: the second longest of the last five gaps. The longest may be an outage,
 * which says nothing of the pace; short ones are exports that were forced in between.
 */
function paceOf(service: OtlpService, nowMs: number): number {
  if (service.lastMetricsMs !== undefined)
    service.gapsMs = [...service.gapsMs.slice(1 - GAPS_KEPT), nowMs - service.lastMetricsMs];
  service.lastMetricsMs = nowMs;
  const [longest = 0, second = longest] = [...service.gapsMs].sort((a, b) => b - a);
  return second;
}

/** Spans come when there was something to do: nothing follows from their staying away. */
function spansReport(
  { onTokens }: OtlpIntakeOptions,
  service: OtlpService,
  spans: readonly OtlpSpan[],
): HealthReport {
  const { metrics, calls, inFlight, progress, tokens } = service.spans.take(spans);
  // Also of a report that will be refused: what was spent was spent.
  if (tokens > 0) onTokens?.(service.name, tokens);
  return {
    subsystem: service.name,
    status: 'ok',
    metrics,
    inFlight,
    progress,
    ...(calls.length > 0 && { calls }),
    isIrregular: true,
  };
}

async function takeGroups(
  { clock, desk, journal }: OtlpIntakeOptions,
  groups: readonly Group[],
  { outcome, agent }: { outcome: ExportOutcome; agent: string | undefined },
): Promise<ExportOutcome> {
  const kept: HealthReport[] = [];
  let first: Refusal | undefined;
  let retry: Refusal | undefined;
  for (const { report, items } of groups) {
    const taken = desk.take(report, agent);
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
    await journal.keep(Buffer.from(JSON.stringify(kept)), clock.now());
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
function resourcesOf<T>(value: readonly T[] | undefined): readonly T[] {
  const resources = listOf(value);
  if (resources.length > MOST_RESOURCES)
    throw programError('DN_API_BAD_INPUT', {
      where: 'body',
      why: `at most ${MOST_RESOURCES} resources an export`,
    });
  return resources;
}

/** JSON from outside may have anything in the place of a list. */
function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
