import {
  DOMAIN_FACTORS,
  type Domain,
  type GlobalHealthScores,
  type HealthExplanation,
  type HealthTerm,
} from '@dreamnet/contracts';
import type { HealthRecord } from '../health-record.js';
import { FACTORS, type FactorValue, factorValues, VALUE_UNIT, WEIGHT_UNIT } from './factor-values.js';

/** A domain without data is neither well nor ill. */
const NO_DATA_SCORE = 0.5;

/** Running sums behind the four scores: one change costs the terms of one subsystem. */
export interface ScoreBook {
  /** Takes the subsystem's terms as they are now in place of the earlier ones. */
  count(record: HealthRecord): void;
  /** Takes its terms out. */
  discount(record: HealthRecord): void;
  scores(): GlobalHealthScores;
  /** Every term of one domain's score; the contributions sum to the score. */
  explain(domain: Domain, records: Iterable<HealthRecord>): HealthExplanation;
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
  const scoreOf = (domain: Domain): number => {
    const present = presentFactors(domain, weightSums);
    if (present.length === 0) return NO_DATA_SCORE;
    let sum = 0;
    for (const factor of present) sum += (valueSums[factor] ?? 0) / (weightSums[factor] ?? 1) / VALUE_UNIT;
    return Math.min(1, sum / present.length);
  };
  return {
    count: (record) => {
      shift(record.counted, -1);
      record.counted = inUnits(factorValues(record));
      shift(record.counted, 1);
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
    explain: (domain, records) => {
      const present = presentFactors(domain, weightSums);
      const values = termsOf(domain, records);
      const terms = present.length === 0 ? [noDataTerm()] : toTerms(values, present.length, weightSums);
      return {
        domain,
        score: scoreOf(domain),
        confidence: present.length / DOMAIN_FACTORS[domain].length,
        terms,
        missingFactors: DOMAIN_FACTORS[domain].filter(
          (name) => !present.some((index) => FACTORS[index]?.factor === name),
        ),
      };
    },
  };
}

function inUnits(values: readonly FactorValue[]): number[] {
  const units: number[] = [];
  for (const { factor, value, weight } of values)
    units.push(factor, Math.round(value * VALUE_UNIT), Math.round(weight * WEIGHT_UNIT));
  return units;
}

function presentFactors(domain: Domain, weightSums: readonly number[]): number[] {
  const present: number[] = [];
  for (let index = 0; index < FACTORS.length; index += 1)
    if (FACTORS[index]?.domain === domain && (weightSums[index] ?? 0) > 0) present.push(index);
  return present;
}

/** An indicator may feed a factor of another domain than its subsystem's, so all subsystems are looked through. */
function termsOf(domain: Domain, records: Iterable<HealthRecord>): FactorValue[] {
  const terms: FactorValue[] = [];
  for (const record of records)
    for (const value of factorValues(record)) if (FACTORS[value.factor]?.domain === domain) terms.push(value);
  return terms;
}

function toTerms(
  values: readonly FactorValue[],
  factorCount: number,
  weightSums: readonly number[],
): HealthTerm[] {
  return values.map(({ factor, source, value, weight, reason }) => {
    const share = (weight * WEIGHT_UNIT) / (weightSums[factor] ?? 1) / factorCount;
    const name = FACTORS[factor]?.factor ?? '';
    return {
      factor: name,
      source,
      value,
      weight,
      contribution: share * value,
      loss: share * (1 - value),
      reason,
    };
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
