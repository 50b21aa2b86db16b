import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, endOfPrefix } from '../../src/stores/key-order.js';

const text = fc.string({ unit: 'binary' });

test('key order: sorts as the UTF-8 bytes do', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('key order: the end of a prefix is after every key with it and not after the next one', () => {
  fc.assert(
    fc.property(text, text, (prefix, rest) => {
      const end = endOfPrefix(prefix);
      if (end === undefined) return;
      expect(compareKeys(prefix + rest, end)).toBeLessThan(0);
      expect(compareKeys(prefix, end)).toBeLessThan(0);
    }),
  );
  expect(endOfPrefix('')).toBeUndefined();
  expect(endOfPrefix('a/')).toBe('a0');
  expect(endOfPrefix('\u{10ffff}')).toBeUndefined();
  expect(endOfPrefix('\ud7ff')).toBe('\ue000');
});
