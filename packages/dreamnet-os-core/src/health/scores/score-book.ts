import {
  DOMAIN_FACTORS,
  type Domain,
  type GlobalHealthScores,
  type HealthExplanation,
  type HealthTerm,
  type LeftOutTerm,
} from '@dreamnet/contracts';
import type { HealthRecord } from '../health-record.js';
import {
  FACTORS,
  type FactorValue,
  factorValues,
  type MissingValue,
  type ScoreMoment,
  VALUE_UNIT,
  WEIGHT_UNIT,
} from './factor-values.js';

/** A domain without data is neither well nor ill. */
const NO_DATA_SCORE = 0.5;

/** Running sums behind the four scores: one change costs the terms of one subsystem. */
export interface ScoreBook {
  /** Takes the subsystem's terms as they are now in place of the earlier ones. */
  count(record: HealthRecord, moment: ScoreMoment): void;
  /** Takes its terms out. */
  discount(record: HealthRecord): void;
  scores(): GlobalHealthScores;
  /** Every term of one domain's score; the contributions sum to the score. */
  explain(domain: Domain, records: Iterable<HealthRecord>, moment: ScoreMoment): HealthExplanation;
}

/** An empty book. Each domain's score is the mean of those of its four factors that have data. */
export function createScoreBook(): ScoreBook {
  const valueSums = new Array<number>(FACTORS.length).fill(0);
  const weightSums = new Array<number>(FACTORS.length).fill(0);
  const shift = (counted: readonly number[], sign: 1 | -1): void => {
    for (let at = 0; at < counted.length; at += 3) {
      const factor = counted[at] ?? 0;
      const weight = counted[at + 2] ?? 0;
      valueSums[factor] = (valueSums[factor] ?? 0) + sign * (counted[at + 1] ?? 0) * weight;
      weightSums[factor] = (weightSums[factor] ?? 0) + sign * weight;
    }
  };
  const scoreOf = (domain: Domain): number => scoreFrom(domain, { valueSums, weightSums });
  return {
    count: (record, moment) => {
      const units = inUnits(factorValues(record, moment));
      if (isSame(record.counted, units)) return;
      shift(record.counted, -1);
      record.counted = shared(units);
      shift(units, 1);
    },
    discount: (record) => {
      shift(record.counted, -1);
      record.counted = [];
    },
    scores: () => ({
      infraHealth: scoreOf('infra'),
      economyHealth: scoreOf('economy'),
      socialHealth: scoreOf('social'),
      dreamPipelineHealth: scoreOf('dreamPipeline'),
    }),
    explain: explainDomain,
  };
}

function inUnits(values: readonly FactorValue[]): number[] {
  // Made at its length at once: grown by pushing it would hold half as much again, a hundred thousand times.
  const units = new Array<number>(values.length * 3);
  for (let at = 0; at < values.length; at += 1) {
    const term = values[at];
    units[at * 3] = term?.factor ?? 0;
    units[at * 3 + 1] = Math.round((term?.value ?? 0) * VALUE_UNIT);
    units[at * 3 + 2] = Math.round((term?.weight ?? 0) * WEIGHT_UNIT);
  }
  return units;
}

/** Terms of which many subsystems have the same: well, and asked nothing. */
const MOST_SHARED = 1000;
const SHARED = new Map<string, readonly number[]>();

function shared(units: readonly number[]): readonly number[] {
  const key = units.join();
  const known = SHARED.get(key);
  if (known !== undefined) return known;
  if (SHARED.size < MOST_SHARED) SHARED.set(key, units);
  return units;
}

function isSame(before: readonly number[], now: readonly number[]): boolean {
  if (before.length !== now.length) return false;
  for (let at = 0; at < now.length; at += 1) if (before[at] !== now[at]) return false;
  return true;
}

function presentFactors(domain: Domain, weightSums: readonly number[]): number[] {
  const present: number[] = [];
  for (let index = 0; index < FACTORS.length; index += 1)
    if (FACTORS[index]?.domain === domain && (weightSums[index] ?? 0) > 0) present.push(index);
  return present;
}

interface Named {
  subsystem: string;
}

/** An indicator may feed a factor of another domain than its subsystem's, so all subsystems are looked through. */
function termsOf(
  domain: Domain,
  records: Iterable<HealthRecord>,
  moment: ScoreMoment,
): { values: (FactorValue & Named)[]; missing: LeftOutTerm[] } {
  const values: (FactorValue & Named)[] = [];
  const missing: LeftOutTerm[] = [];
  for (const record of records) {
    // Most feed their own domain only: the rest need not be looked at closely.
    if (record.domain !== domain && record.manifest.indicators === undefined) continue;
    const subsystem = record.name;
    const without: MissingValue[] = [];
    for (const term of factorValues(record, moment, without))
      if (FACTORS[term.factor]?.domain === domain) values.push(Object.assign(term, { subsystem }));
    for (const { factor, from, reason } of without)
      if (FACTORS[factor]?.domain === domain)
        missing.push({ factor: FACTORS[factor].factor, source: `${subsystem}/${from}`, reason });
  }
  return { values, missing };
}

interface Sums {
  readonly valueSums: readonly number[];
  readonly weightSums: readonly number[];
}

function scoreFrom(domain: Domain, sums: Sums): number {
  const present = presentFactors(domain, sums.weightSums);
  if (present.length === 0) return NO_DATA_SCORE;
  let sum = 0;
  for (const factor of present) sum += meanOf(factor, sums);
  return Math.min(1, sum / present.length);
}

function meanOf(factor: number, { valueSums, weightSums }: Sums): number {
  return (valueSums[factor] ?? 0) / (weightSums[factor] ?? 1) / VALUE_UNIT;
}

/** The sums are taken anew from the very terms that are listed, so that the account is whole whatever time it is. */
function explainDomain(
  domain: Domain,
  records: Iterable<HealthRecord>,
  moment: ScoreMoment,
): HealthExplanation {
  const { values, missing } = termsOf(domain, records, moment);
  const valueSums = new Array<number>(FACTORS.length).fill(0);
  const weightSums = new Array<number>(FACTORS.length).fill(0);
  for (const { factor, value, weight } of values) {
    const units = Math.round(weight * WEIGHT_UNIT);
    valueSums[factor] = (valueSums[factor] ?? 0) + Math.round(value * VALUE_UNIT) * units;
    weightSums[factor] = (weightSums[factor] ?? 0) + units;
  }
  const sums = { valueSums, weightSums };
  const present = presentFactors(domain, weightSums);
  return {
    domain,
    score: scoreFrom(domain, sums),
    confidence: present.length / DOMAIN_FACTORS[domain].length,
    terms: present.length === 0 ? [noDataTerm()] : toTerms(values, sums, present.length),
    factors: present.map((factor) => ({
      factor: FACTORS[factor]?.factor ?? '',
      value: meanOf(factor, sums),
      loss: (1 - meanOf(factor, sums)) / present.length,
    })),
    missingFactors: DOMAIN_FACTORS[domain].filter(
      (name) => !present.some((index) => FACTORS[index]?.factor === name),
    ),
    ...(missing.length > 0 && { leftOut: missing }),
  };
}

function toTerms(
  values: readonly (FactorValue & Named)[],
  { weightSums }: Sums,
  among: number,
): HealthTerm[] {
  return values.map(({ factor, subsystem, from, value, weight, reason, at }) => {
    const share = (weight * WEIGHT_UNIT) / (weightSums[factor] ?? 1) / among;
    const term: HealthTerm = {
      factor: FACTORS[factor]?.factor ?? '',
      source: `${subsystem}/${from}`,
      value,
      weight,
      contribution: share * value,
      loss: share * (1 - value),
      reason,
    };
    if (!Number.isNaN(at)) term.at = at;
    return term;
  });
}

function noDataTerm(): HealthTerm {
  return {
    factor: 'none',
    source: 'no data',
    value: NO_DATA_SCORE,
    weight: 1,
    contribution: NO_DATA_SCORE,
    loss: 1 - NO_DATA_SCORE,
    reason: 'nothing feeds this domain; by convention it scores 0.5',
  };
}
