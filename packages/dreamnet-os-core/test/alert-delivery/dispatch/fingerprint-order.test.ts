import { expect, test } from 'vitest';
import { beginningOf, inFingerprintOrder } from '../../../src/alert-delivery/dispatch/fingerprint-order.js';

const named = (fingerprints: readonly string[]) =>
  fingerprints.map((fingerprint) => ({ fingerprint, beginning: beginningOf(fingerprint) }));
const order = (fingerprints: readonly string[]) =>
  inFingerprintOrder(named(fingerprints)).map(({ fingerprint }) => fingerprint);

/** The same numbers each time. */
function* fingerprints(count: number): Generator<string> {
  let state = 12_345;
  for (let made = 0; made < count; made += 1) {
    let text = '';
    for (let part = 0; part < 2; part += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      text += state.toString(16).padStart(8, '0');
    }
    yield text;
  }
}

test('fingerprint order: it is that of the texts', () => {
  const some = [...fingerprints(5000), '0000000000000000', 'ffffffffffffffff', 'fffffffffffffffe'];
  expect(order(some)).toEqual([...some].sort());
});

test('fingerprint order: those that begin alike are in order, too', () => {
  const alike = [...fingerprints(300)].map((text) => `abcdef01${text.slice(8)}`);
  const some = [...alike, 'abcdef0000000000', 'abcdef02ffffffff'];
  expect(order(some)).toEqual([...some].sort());
});

test('fingerprint order: what is given stays as it is', () => {
  const given = named(['b000000000000000', 'a000000000000000']);
  inFingerprintOrder(given);
  expect(given.map(({ fingerprint }) => fingerprint[0])).toEqual(['b', 'a']);
  expect(inFingerprintOrder([])).toEqual([]);
});
