import { DOMAIN_FACTORS, type Domain, type Factor, type Indicator } from '@dreamnet/contracts';
import { isAnswering } from '../health-core.js';
import type { HealthRecord } from '../health-record.js';

/** Values and weights are counted in whole millionths and thousandths: sums of integers never drift. */
export const VALUE_UNIT = 1_000_000;
export const WEIGHT_UNIT = 1000;
const LARGEST_WEIGHT = 100;

/** All factors of all domains in one row. */
export const FACTORS: readonly { domain: Domain; factor: Factor }[] = (
  Object.keys(DOMAIN_FACTORS) as Domain[]
).flatMap((domain) => DOMAIN_FACTORS[domain].map((factor) => ({ domain, factor })));

const INDEX = new Map(FACTORS.map(({ factor }, index) => [factor, index]));

/** What one subsystem says about one factor. `value` 0..1. */
export interface FactorValue {
  factor: number;
  source: string;
  value: number;
  weight: number;
  reason: string;
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
 */
export function factorValues(record: HealthRecord): FactorValue[] {
  const weight = clamp(record.weight, LARGEST_WEIGHT);
  const values: FactorValue[] = [];
  const add = (
    factor: Factor,
    from: string,
    seen: { value: number | undefined; weight: number; reason: string },
  ) => {
    const index = INDEX.get(factor);
    if (index === undefined || seen.value === undefined) return;
    const value = Math.round(clamp(seen.value, 1) * VALUE_UNIT) / VALUE_UNIT;
    const counted = Math.round(seen.weight * WEIGHT_UNIT) / WEIGHT_UNIT;
    // Too small to count in thousandths is no weight at all.
    if (counted <= 0) return;
    values.push({
      factor: index,
      source: `${record.name}/${from}`,
      value,
      weight: counted,
      reason: seen.reason,
    });
  };
  const own = (factor: Factor, from: string, seen: { value: number | undefined; reason: string }) =>
    add(factor, from, { ...seen, weight });
  own(OWN_STATUS_FACTOR[record.domain], 'status', {
    value: STATUS_VALUE[record.status],
    reason: record.reason,
  });
  if (record.domain === 'infra') {
    own('availability', 'liveness', { value: availabilityOf(record), reason: record.liveness.reason });
    own('performance', 'latency', {
      value: performanceOf(record),
      reason: 'answer time against its timeout',
    });
    own('errorRate', 'errors', { value: successShare(record), reason: failureWords(record) });
  }
  for (const indicator of indicatorsOf(record)) {
    const seen = record.metrics?.[indicator.metric];
    add(indicator.factor, indicator.metric, {
      value: seen === undefined ? undefined : indicatorValue(indicator, seen),
      weight: weight * clamp(indicator.weight ?? 1, LARGEST_WEIGHT),
      reason: `${indicator.metric} is ${seen}; ${indicator.good} is good, ${indicator.bad} is bad`,
    });
  }
  return values;
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
  return clamp((metric - bad) / (good - bad), 1);
}

function indicatorsOf(record: HealthRecord): readonly Indicator[] {
  return Array.isArray(record.manifest.indicators) ? record.manifest.indicators : [];
}

function availabilityOf(record: HealthRecord): number | undefined {
  const { state } = record.liveness;
  return state === 'unknown' && isSilent(record) ? 0 : LIVENESS_VALUE[state];
}

function performanceOf(record: HealthRecord): number | undefined {
  if (record.latencyShare === undefined) return undefined;
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
