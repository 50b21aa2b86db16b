import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSamples, encodeSamples } from '../../../src/os-store/series/sample-block.js';

const bitsOf = (values: Float64Array) => [...new BigUint64Array(values.slice().buffer)];

function expectSame(times: readonly number[], values: readonly number[]): number {
  const samples = { times: Float64Array.from(times), values: Float64Array.from(values) };
  const bytes = encodeSamples(samples);
  const back = decodeSamples(bytes);
  expect([...back.times]).toEqual(times);
  expect(bitsOf(back.values)).toEqual(bitsOf(samples.values));
  return bytes.length;
}

const steps = (count: number, value: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => value(at));
const times = (count: number) => steps(count, (at) => 1_700_000_000_000 + at * 1000);
const anyDouble = fc.oneof(
  fc.double(),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: -100_000, max: 100_000 }).map((whole) => whole / 100),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53),
);

test('block: any times and any doubles come back to the last bit', () => {
  const sample = fc.tuple(fc.integer({ min: 0, max: 8_640_000_000_000_000 / 8 }), anyDouble);
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
      expectSame(
        samples.map(([at]) => at),
        samples.map(([, value]) => value),
      );
    }),
    { numRuns: 500 },
  );
});

test('block: runs of one kind of value come back, whatever the kind', () => {
  const column = fc.oneof(
    fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 200 }),
    fc.array(fc.double({ min: 49, max: 51, noNaN: true }), { minLength: 1, maxLength: 200 }),
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 }),
    fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 200 }),
    fc.array(fc.constantFrom(0.1, 1 / 3, 0.7), { minLength: 1, maxLength: 200 }),
  );
  fc.assert(
    fc.property(column, (values) => {
      expectSame(times(values.length), values);
    }),
    { numRuns: 500 },
  );
});

test('block: an empty one, and one sample', () => {
  expectSame([], []);
  expectSame([0], [Number.NaN]);
  expectSame([1_700_000_000_000], [-0]);
});

test('size: a constant on an even grid costs next to nothing', () => {
  expect(
    expectSame(
      times(120),
      steps(120, () => 42),
    ),
  ).toBeLessThan(40);
});

test('size: a counter costs the noise of its rate, a gauge of two decimals its own, noise no more than 7 bytes', () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  let total = 0;
  const counter = steps(120, () => {
    total += Math.floor(random() * 20);
    return total;
  });
  const gauge = steps(120, () => Math.round((50 + random() * 4) * 100) / 100);
  const noise = steps(120, () => 40 + 20 * Math.sin(random() * 9) * Math.sqrt(random()));
  expect(expectSame(times(120), counter) / 120).toBeLessThan(1);
  expect(expectSame(times(120), gauge) / 120).toBeLessThan(1.5);
  expect(expectSame(times(120), noise) / 120).toBeLessThan(7.1);
});
