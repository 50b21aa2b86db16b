import {
  DOMAIN_FACTORS,
  type Domain,
  type Factor,
  type Indicator,
  LARGEST_WEIGHT,
} from '@dreamnet/contracts';
import { isAnswering } from '../health-core.js';
import type { HealthRecord } from '../health-record.js';
import { staleAfterMs } from '../metric-intake.js';
import { metricOf } from '../metric-shelf.js';

/** Values and weights are counted in whole millionths and ten-thousandths: sums of integers never drift. */
export const VALUE_UNIT = 1_000_000;
export const WEIGHT_UNIT = 10_000;

/** All factors of all domains in one row. */
export const FACTORS: readonly { domain: Domain; factor: Factor }[] = (
  Object.keys(DOMAIN_FACTORS) as Domain[]
).flatMap((domain) => DOMAIN_FACTORS[domain].map((factor) => ({ domain, factor })));

const INDEX = new Map(FACTORS.map(({ factor }, index) => [factor, index]));

/** What one subsystem says about one factor. `value` 0..1. */
export interface FactorValue {
  factor: number;
  /** What of the subsystem says it: `status`, `liveness`, `latency`, `errors` or the name of a metric. */
  from: string;
  value: number;
  weight: number;
  reason: string;
  /** Epoch ms of what it rests on; NaN when that has no time of its own. */
  at: number;
}

/** An indicator that has no data now, and why. */
export interface MissingValue {
  factor: number;
  from: string;
  reason: string;
}

/** When terms are asked for: what came long ago is no data any more. */
export interface ScoreMoment {
  /** Epoch ms and monotonic ms of now. */
  now: number;
  nowMs: number;
}

/** The factor that a subsystem outside infra feeds by its own status: a service that fails, fails its domain's trade. */
const OWN_STATUS_FACTOR: Record<Domain, Factor> = {
  infra: 'serviceHealth',
  economy: 'stability',
  social: 'activity',
  dreamPipeline: 'successRate',
};

const STATUS_VALUE = { ok: 1, warn: 0.5, error: 0, unknown: undefined } as const;
const LIVENESS_VALUE = { alive: 1, suspended: 0, dead: 0, unknown: undefined } as const;

/**
 * All terms of one subsystem: what it feeds by itself, then its indicators. What is not known is left out.
 *
 * Infra: liveness → availability (a service whose process nobody watches is unavailable while it does not answer),
 * status → serviceHealth, answer time against the timeout → performance (0 while it does not answer), failed answers
 * among the last 32 → errorRate. Other domains: status → stability, activity or successRate.
 *
 * @param missing Takes the indicators that have no data.
 */
export function factorValues(
  record: HealthRecord,
  moment: ScoreMoment,
  missing?: MissingValue[],
): FactorValue[] {
  const weight = clamp(record.weight, LARGEST_WEIGHT);
  const values: FactorValue[] = [];
  for (const term of ownTerms(record)) addTerm(values, term, weight);
  for (const indicator of indicatorsOf(record)) {
    const seen = readIndicator(record, indicator, moment);
    const factor = INDEX.get(indicator.factor);
    if ('reason' in seen && factor !== undefined)
      missing?.push({ factor, from: indicator.metric, reason: seen.reason });
    if (!('value' in seen)) continue;
    const ownWeight = clamp(indicator.weight ?? 1, LARGEST_WEIGHT);
    addTerm(values, seen.term, weight * ownWeight);
  }
  return values;
}

interface Term {
  factor: Factor;
  from: string;
  value: number | undefined;
  reason: string;
  at: number;
}

function ownTerms(record: HealthRecord): Term[] {
  const { domain, status, reason, updatedAt } = record;
  const own: Term[] = [
    { factor: OWN_STATUS_FACTOR[domain], from: 'status', value: STATUS_VALUE[status], reason, at: updatedAt },
  ];
  if (domain !== 'infra') return own;
  const { liveness, livenessAt } = record;
  own.push(
    {
      factor: 'availability',
      from: 'liveness',
      value: availabilityOf(record),
      reason: liveness.reason,
      at: livenessAt,
    },
    {
      factor: 'performance',
      from: 'latency',
      value: performanceOf(record),
      reason: 'answer time against its timeout',
      at: updatedAt,
    },
    {
      factor: 'errorRate',
      from: 'errors',
      value: successShare(record),
      reason: failureWords(record),
      at: updatedAt,
    },
  );
  return own;
}

function addTerm(values: FactorValue[], term: Term, weight: number): void {
  const factor = INDEX.get(term.factor);
  if (factor === undefined || term.value === undefined) return;
  const { from, reason, at } = term;
  const value = Math.round(clamp(term.value, 1) * VALUE_UNIT) / VALUE_UNIT;
  const counted = Math.round(weight * WEIGHT_UNIT) / WEIGHT_UNIT;
  if (counted > 0) values.push({ factor, from, value, weight: counted, reason, at });
}

function readIndicator(
  record: HealthRecord,
  indicator: Indicator,
  { now, nowMs }: ScoreMoment,
): { term: Term; value: number } | { reason: string } {
  const { metric, factor, good, bad } = indicator;
  const seen = metricOf(record.metrics, metric);
  // What an earlier life of the program heard is in the history only.
  if (seen === undefined) return { reason: `${metric} has not come since this program started` };
  const ageMs = nowMs - seen.seenMs;
  if (ageMs >= staleAfterMs(record))
    return { reason: `${metric} has not come for ${Math.round(ageMs / 1000)} s` };
  const value = indicatorValue(indicator, seen.value);
  if (value === undefined) return { reason: `${metric} is no number` };
  const direction = good > bad ? 'more is better' : 'less is better';
  const reason = `${metric} is ${figure(seen.value)} (${direction}: ${good} is good, ${bad} is bad)`;
  return { value, term: { factor, from: metric, value, reason, at: now - ageMs } };
}

/** Short enough to read, exact enough to compare with `good` and `bad`. */
function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/**
 * A metric as 0..1: `good` or better is 1, `bad` or worse is 0, linear between. `good` may be below `bad`.
 *
 * @returns undefined when the metric is not a number.
 */
export function indicatorValue(indicator: Indicator, metric: number): number | undefined {
  if (Number.isNaN(metric)) return undefined;
  const { good, bad } = indicator;
  if (good === bad) return metric === good ? 1 : 0;
  const width = good - bad;
  // Halves of what lies further apart than a number can hold do not.
  return clamp(
    Number.isFinite(width) ? (metric - bad) / width : (metric / 2 - bad / 2) / (good / 2 - bad / 2),
    1,
  );
}

function indicatorsOf(record: HealthRecord): readonly Indicator[] {
  return Array.isArray(record.manifest.indicators) ? record.manifest.indicators : [];
}

function availabilityOf(record: HealthRecord): number | undefined {
  const { state } = record.liveness;
  return state === 'unknown' && isSilent(record) ? 0 : LIVENESS_VALUE[state];
}

function performanceOf(record: HealthRecord): number | undefined {
  if (Number.isNaN(record.latencyShare)) return undefined;
  return isSilent(record) ? 0 : 1 - record.latencyShare;
}

function isSilent(record: HealthRecord): boolean {
  const isGone = record.liveness.state === 'dead' || record.liveness.state === 'suspended';
  return isGone || (record.readiness.state === 'not_ready' && !isAnswering(record));
}

function successShare({ outcomes, outcomeCount }: HealthRecord): number | undefined {
  return outcomeCount === 0 ? undefined : 1 - countOnes(outcomes, outcomeCount) / outcomeCount;
}

function failureWords({ outcomes, outcomeCount }: HealthRecord): string {
  return `${countOnes(outcomes, outcomeCount)} of the last ${outcomeCount} answers failed`;
}

function countOnes(bits: number, among: number): number {
  let ones = 0;
  for (let at = 0; at < among; at += 1) ones += (bits >>> at) & 1;
  return ones;
}

function clamp(value: number, largest: number): number {
  return Number.isFinite(value) ? Math.min(largest, Math.max(0, value)) : value > 0 ? largest : 0;
}
