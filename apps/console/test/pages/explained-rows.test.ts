import type { HealthTerm } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { explainedRows } from '../../src/pages/health/explained-rows.js';

function term(factor: string, source: string, value: number, share: number): HealthTerm {
  const contribution = value * share;
  return { factor, source, value, weight: 1, contribution, loss: share - contribution, reason: '' };
}

test('explanation: factors and their terms, what costs most first, what has no data last', () => {
  const terms = [
    term('availability', 'a', 1, 0.5),
    term('performance', 'b', 0.9, 0.25),
    term('performance', 'c', 0.2, 0.25),
  ];
  const rows = explainedRows({
    domain: 'infra',
    score: 0.775,
    confidence: 0.5,
    terms,
    missingFactors: ['errorRate'],
  });
  expect(rows.map((row) => (row.kind === 'term' ? row.term.source : row.factor))).toEqual([
    'performance',
    'c',
    'b',
    'availability',
    'a',
    'errorRate',
  ]);
});

test('explanation: a factor’s line adds up its terms', () => {
  const terms = [term('performance', 'b', 0.5, 0.5), term('performance', 'c', 1, 0.5)];
  const [factor] = explainedRows({ domain: 'infra', score: 0.75, confidence: 1, terms, missingFactors: [] });
  expect(factor).toEqual({
    kind: 'factor',
    factor: 'performance',
    contribution: 0.75,
    loss: 0.25,
    share: 1,
    terms: 2,
  });
});
