import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/index.js';

const SECRET = 'pa55/wörd+"x" y?z';
const withSecret = (...values: string[]) => {
  const redactor = createRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
};

test.each([
  ['as it is', SECRET],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['in base64 without padding', Buffer.from(SECRET).toString('base64').replace(/=+$/, '')],
  ['in base64url', Buffer.from(SECRET).toString('base64url')],
  ['URL-encoded', encodeURIComponent(SECRET)],
  ['URL-encoded in lower case', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
  ['as a form sends it', new URLSearchParams({ k: SECRET }).toString().slice(2)],
  ['within JSON', JSON.stringify(SECRET).slice(1, -1)],
])('redactor: a secret %s is replaced', (_, form) => {
  const text = withSecret(SECRET).redact(`before ${form} after`);
  expect(text).toContain('<secret>');
  expect(text).not.toContain(form);
  expect(text.startsWith('before ') && text.endsWith(' after')).toBe(true);
});

test.each(['u', 'us', 'use', 'user'])(
  'redactor: a secret within an Authorization header for %s is replaced',
  (user) => {
    const secret = 'correct-horse-battery';
    const header = Buffer.from(`${user}:${secret}:x`).toString('base64');
    const text = withSecret(secret).redact(`Authorization: Basic ${header}`);
    expect(text).toContain('<secret>');
    // At most the first and last incomplete groups of the secret are left: 4 of its characters.
    const left = Buffer.from(text.replace(/^.*Basic /, '').replace('<secret>', ''), 'base64').toString(
      'latin1',
    );
    expect(left.length).toBeLessThan(user.length + 10);
  },
);

test('redactor: values under four characters stay, and are told', () => {
  const redactor = createRedactor();
  expect([redactor.add('abc'), redactor.add(''), redactor.add('abcd')]).toEqual([false, false, true]);
  expect(redactor.redact('abc abcd')).toBe('abc <secret>');
});

test('redactor: overlapping secrets leave no end of one', () => {
  expect(withSecret('abcdef', 'efghij').redact('xabcdefghijx')).toBe('x<secret>x');
  expect(withSecret('abcd', 'abcdefgh').redact('abcdefgh abcdef')).toBe('<secret> <secret>ef');
  expect(withSecret('aaaa').redact('aaaaaa')).toBe('<secret>');
});

test('redactor: secrets with the characters of patterns are plain text', () => {
  expect(withSecret('.*.*', '$&$1').redact('abcd .*.* $&$1')).toBe('abcd <secret> <secret>');
});

test('redactor: each line of a private key is replaced, also alone', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n';
  const redactor = withSecret(pem);
  expect(redactor.redact('line: hkiG9w0BAQEFAASC')).toBe('line: <secret>');
  expect(redactor.redact('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----');
});

test('redactor: data is cleaned through and through, and the original stays', () => {
  const data = { list: ['a secret-value', 1, null], nested: { 'secret-value': true } };
  const clean = withSecret('secret-value').redactData(data);
  expect(clean).toEqual({ list: ['a <secret>', 1, null], nested: { '<secret>': true } });
  expect(data.list[0]).toBe('a secret-value');
});

test('redactor: whatever surrounds it, a secret is gone', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(
      text,
      fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 }),
      text,
      (before, secret, after) => {
        const clean = withSecret(secret).redact(before + secret + after);
        // The mask itself may spell a secret made of its letters.
        expect(clean.replaceAll('<secret>', '')).not.toContain(secret);
      },
    ),
  );
});

test('redactor: ten thousand secrets do not slow a long text down', () => {
  const redactor = createRedactor();
  for (let number = 0; number < 10_000; number += 1) redactor.add(`secret-number-${number}-end`);
  const text = 'an ordinary line of a log without anything in it\n'.repeat(5000);
  const startedAt = performance.now();
  expect(redactor.redact(`${text}secret-number-77-end`)).toBe(`${text}<secret>`);
  // Measured 40 ms here; a search per secret takes seconds.
  expect(performance.now() - startedAt).toBeLessThan(1500);
});
