import type { HealthExplanation, SubsystemSummary } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countStatuses, pickSubsystems, worstTerms } from '../../src/daemon/worst.js';

const SUBSYSTEMS: SubsystemSummary[] = [
  { name: 'b', status: 'ok', lastUpdatedAt: 5 },
  { name: 'c', status: 'error', lastUpdatedAt: 9 },
  { name: 'a', status: 'error', lastUpdatedAt: 3 },
  { name: 'd', status: 'unknown' },
  { name: 'e', status: 'warn', lastUpdatedAt: 1 },
];
const names = (list: readonly SubsystemSummary[]) => list.map(({ name }) => name).join('');

test('worst: errors first, of equals those unheard longest; other orders on request; without a wish as they come', () => {
  expect(names(pickSubsystems(SUBSYSTEMS, { worst: 3 }))).toBe('ace');
  expect(names(pickSubsystems(SUBSYSTEMS, { order: 'name' }))).toBe('abcde');
  expect(names(pickSubsystems(SUBSYSTEMS, { worst: 2, order: 'seen' }))).toBe('de');
  expect(names(pickSubsystems(SUBSYSTEMS, {}))).toBe('bcade');
  expect(countStatuses(SUBSYSTEMS)).toEqual({ ok: 1, warn: 1, error: 2, unknown: 1 });
});

test('worst: however few terms are listed, the account stays whole', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const term = fc.record({ contribution: part, loss: part });
  fc.assert(
    fc.property(fc.array(term, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (parts, worst) => {
      const terms = parts.map((one) => ({
        factor: 'f',
        source: 's',
        value: 0,
        weight: 1,
        reason: 'r',
        ...one,
      }));
      const given: HealthExplanation = {
        domain: 'infra',
        score: 0,
        confidence: 1,
        terms,
        missingFactors: [],
      };
      const { terms: listed, omitted = { terms: 0, contribution: 0, loss: 0 } } = worstTerms(given, worst);
      const sum = (key: 'contribution' | 'loss', of: readonly (typeof terms)[number][]) =>
        of.reduce((total, one) => total + one[key], 0);
      expect(listed.length + omitted.terms).toBe(terms.length);
      expect(sum('loss', listed) + omitted.loss).toBeCloseTo(sum('loss', terms), 9);
      expect(sum('contribution', listed) + omitted.contribution).toBeCloseTo(sum('contribution', terms), 9);
      const least = Math.min(Number.MAX_VALUE, ...listed.map(({ loss }) => loss));
      expect(omitted.loss).toBeLessThanOrEqual(least * omitted.terms + 1e-9);
    }),
  );
});
