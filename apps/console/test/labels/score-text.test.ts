import type { HealthExplanation, HealthTerm } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { scoreNote } from '../../src/labels/score-text.js';

const term = (source: string, loss: number): HealthTerm => ({
  factor: 'availability',
  source,
  value: 0,
  weight: 1,
  contribution: 0,
  loss,
  reason: 'it crashed',
});

const explained = (patch: Partial<HealthExplanation>): HealthExplanation => ({
  domain: 'infra',
  score: 0.78,
  confidence: 1,
  terms: [],
  missingFactors: [],
  ...patch,
});

test('score: without data nothing is said of it', () => {
  expect(scoreNote(undefined)).toBe('no data yet');
  expect(scoreNote(explained({ confidence: 0 }))).toBe('no data yet');
});

test('score: what costs most is named with its reason', () => {
  expect(scoreNote(explained({ terms: [term('a', 0.02), term('b', 0.2)] }))).toBe('−20 b: it crashed');
});

test('score: where many cost a little each, the factor that costs most is named', () => {
  const terms = Array.from({ length: 50 }, (_, at) => term(`agent-${at}`, 0.0014));
  const factors = [
    { factor: 'errorRate', value: 0.9, loss: 0.02 },
    { factor: 'availability', value: 0.8, loss: 0.07 },
  ];
  expect(scoreNote(explained({ terms, factors }))).toBe('−7 availability, over many');
});

test('score: where nothing costs a point, it says what the score rests on', () => {
  const factors = [{ factor: 'availability', value: 1, loss: 0.004 }];
  expect(scoreNote(explained({ score: 0.996, terms: [term('a', 0.004)], factors }))).toBe(
    'all factors measured',
  );
  expect(scoreNote(explained({ score: 1, confidence: 0.5 }))).toBe('confidence 50 %');
});
