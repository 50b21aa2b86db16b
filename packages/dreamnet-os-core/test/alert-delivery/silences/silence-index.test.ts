import type { LabelMatcher, LabelSet, Silence } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSilenceIndex } from '../../../src/alert-delivery/silences/silence-index.js';
import { matchesLabels } from '../../../src/index.js';

const NOW = 1_700_000_000_000;

const silenceOf = (id: string, matchers: LabelMatcher[], endsAt = NOW + 1000): Silence => ({
  ...{ id, matchers, startsAt: NOW - 1000, endsAt, updatedAt: NOW },
  ...{ createdBy: 'test', comment: '' },
});

const matcher = fc.record({
  name: fc.constantFrom('a', 'b'),
  value: fc.constantFrom(
    '1',
    '2',
    '1|2',
    '.+',
    '[23]',
    '',
    '.*2',
    '(?i).*S.*',
    '[bs]+2?',
    '(?i)k.*',
    '.*(1|s)[2s]',
  ),
  isRegex: fc.boolean(),
  isEqual: fc.boolean(),
});
const change = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map(String),
  matchers: fc.array(matcher, { minLength: 1, maxLength: 2 }),
  isGone: fc.boolean(),
});

test('silences: however they came and went, the index finds what asking each of them finds', () => {
  const alerts: LabelSet[] = ['1', '2', 's2', 'S12', '\u017f2', '\u212a', ''].flatMap((a) =>
    ['1', 'K2', ''].map((b) => ({ a, b })),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150 }), (changes) => {
      const index = createSilenceIndex();
      const all = new Map<string, Silence>();
      for (const [turn, { id, matchers, isGone }] of changes.entries()) {
        if (isGone) {
          index.remove(id);
          all.delete(id);
        } else {
          index.put(silenceOf(id, matchers));
          all.set(id, silenceOf(id, matchers));
        }
        // Alerts are looked at in between, so that they remember some answers and not others.
        const alert = alerts[turn % alerts.length] ?? {};
        expect(index.silencing(alert, NOW)).toEqual(askEach(all, alert));
      }
      for (const alert of alerts) expect(index.silencing(alert, NOW)).toEqual(askEach(all, alert));
    }),
    { numRuns: 60 },
  );
});

function askEach(all: ReadonlyMap<string, Silence>, labels: LabelSet): string[] {
  const found = [...all.values()].filter(({ matchers }) => matchesLabels(matchers, labels));
  return found.map(({ id }) => id).sort();
}

test('silences: of each alert each silence is asked once, however often the alert is looked at', () => {
  const index = createSilenceIndex();
  let asked = 0;
  const count = (n: number): LabelSet =>
    Object.defineProperty({}, 'instance', { enumerable: true, get: () => String(n + 0 * ++asked) });
  const alerts = Array.from({ length: 100 }, (_, n) => count(n));
  for (let n = 0; n < 1000; n += 1)
    index.put(silenceOf(`s${n}`, [{ name: 'instance', value: `(${n}|x)?y*`, isRegex: true, isEqual: true }]));
  const look = () => alerts.map((labels) => index.silencing(labels, NOW));
  expect(look().flat()).toHaveLength(100);
  expect(asked).toBe(100_000);
  look();
  expect(asked).toBe(100_000);
  index.put(silenceOf('new', [{ name: 'instance', value: '.*', isRegex: true, isEqual: true }]));
  expect(look().every((ids) => ids.includes('new'))).toBe(true);
  expect(asked).toBe(100_100);
});

test('silences: of a thousand expressions an alert asks those whose text it holds, and those that require none', () => {
  const index = createSilenceIndex();
  let asked = 0;
  const labels: LabelSet = Object.defineProperty({}, 'instance', {
    enumerable: true,
    get: () => {
      asked += 1;
      return 'web-42.example:9100';
    },
  });
  const put = (id: string, value: string) =>
    index.put(silenceOf(id, [{ name: 'instance', value, isRegex: true, isEqual: true }]));
  for (let n = 0; n < 500; n += 1) put(`middle${n}`, `[a-z]+-${n}[.].+`);
  for (let n = 0; n < 500; n += 1) put(`folded${n}`, `(?i).*WEB-${n}[.]EXAMPLE.*`);
  put('any', '[^z]+');
  expect(index.silencing(labels, NOW)).toEqual(['any', 'folded42', 'middle42']);
  expect(asked).toBeLessThan(10);
  index.remove('middle42');
  index.remove('any');
  expect(index.silencing(labels, NOW)).toEqual(['folded42']);
  // The letter is another case of k to a regular expression, and to nothing else.
  put('kelvin', '(?i)k.*');
  expect(index.silencing({ instance: '\u212a1' }, NOW)).toEqual(['kelvin']);
});
