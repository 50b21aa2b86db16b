import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, hrefOf, PAGES, parseAddress } from '../../src/address/address.js';

test('address: the page, what of it, and what is chosen', () => {
  expect(parseAddress('#/health/subsystem/a%2Fb?range=6h')).toEqual({
    page: 'health',
    rest: ['subsystem', 'a/b'],
    query: { range: '6h' },
  });
});

test('address: nothing, a page nobody knows and a stray percent sign lead somewhere', () => {
  expect(parseAddress('').page).toBe('overview');
  expect(parseAddress('#/nowhere/at/all')).toEqual({ page: 'overview', rest: [], query: {} });
  expect(parseAddress('#/health/100%').rest).toEqual(['100%']);
});

test('address: what was not chosen does not stand in it', () => {
  expect(hrefOf('alerts', [], { state: '', q: 'a&b=c' })).toBe('#/alerts?q=a%26b%3Dc');
  expect(hrefOf('overview')).toBe('#/');
});

test('address: whatever is chosen is read back as it was', () => {
  const word = fc.string({ minLength: 1, maxLength: 12 });
  const anywhere = fc.record({
    page: fc.constantFrom(...PAGES.filter((page) => page !== 'overview')),
    rest: fc.array(word, { maxLength: 3 }),
    query: fc.dictionary(
      word.filter((name) => name !== '__proto__'),
      word,
      { maxKeys: 4, noNullPrototype: true },
    ),
  });
  fc.assert(
    fc.property(anywhere, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});
