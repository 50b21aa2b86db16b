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

const AWKWARD = `aB3/xY9+é"k'L&<m\\N$0 pQ==😀`;
const digitsOf = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');

/** As the named program wrote it; not made by the code under test. */
test.each([
  ["Python's json", String.raw`aB3/xY9+\u00e9\"k'L&<m\\N$0 pQ==\ud83d\ude00`],
  ['a JSON with upper case digits', String.raw`aB3/xY9+\u00E9\"k'L&<m\\N$0 pQ==\uD83D\uDE00`],
  ["PHP's json_encode", String.raw`aB3\/xY9+\u00e9\"k'L&<m\\N$0 pQ==\ud83d\ude00`],
  ["Go's json", String.raw`aB3/xY9+é\"k'L\u0026\u003cm\\N$0 pQ==😀`],
  [".NET's json", String.raw`aB3/xY9\u002B\u00E9\u0022k\u0027L\u0026\u003Cm\\N$0 pQ==\uD83D\uDE00`],
  ["Python's quote", 'aB3/xY9%2B%C3%A9%22k%27L%26%3Cm%5CN%240%20pQ%3D%3D%F0%9F%98%80'],
  ["Python's quote_plus", 'aB3%2FxY9%2B%C3%A9%22k%27L%26%3Cm%5CN%240+pQ%3D%3D%F0%9F%98%80'],
  ['encodeURI', "aB3/xY9+%C3%A9%22k'L&%3Cm%5CN$0%20pQ==%F0%9F%98%80"],
  ["Python's repr", String.raw`aB3/xY9+é"k\'L&<m\\N$0 pQ==😀`],
  ["Python's repr of bytes", String.raw`aB3/xY9+\xc3\xa9"k\'L&<m\\N$0 pQ==\xf0\x9f\x98\x80`],
  ['a shell', String.raw`aB3/xY9+é"k'\''L&<m\N$0 pQ==😀`],
  ["Python's shlex", String.raw`aB3/xY9+é"k'"'"'L&<m\N$0 pQ==😀`],
  ['double quotes of a shell', String.raw`aB3/xY9+é\"k'L&<m\\N\$0 pQ==😀`],
  ["a shell's printf %q", String.raw`aB3/xY9+é\"k\'L\&\<m\\N\$0\ pQ==😀`],
  ["Python's html", String.raw`aB3/xY9+é&quot;k&#x27;L&amp;&lt;m\N$0 pQ==😀`],
  ["Go's html", String.raw`aB3/xY9+é&#34;k&#39;L&amp;&lt;m\N$0 pQ==😀`],
  ['the text of an element', String.raw`aB3/xY9+é"k'L&amp;&lt;m\N$0 pQ==😀`],
  ['XML', String.raw`aB3/xY9+é&quot;k&apos;L&amp;&lt;m\N$0 pQ==😀`],
  ['hexadecimal digits', Buffer.from(AWKWARD).toString('hex')],
  ['hexadecimal digits in upper case', Buffer.from(AWKWARD).toString('hex').toUpperCase()],
])('redactor: a secret as written by %s is replaced', (_, form) => {
  expect(withSecret(AWKWARD).redact(`before ${form} after`)).toBe('before <secret> after');
});

/** Each writes a secret into a longer text in its own way. */
const WRITERS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  asciiJson: (secret) => asciiJson(secret, (digits) => digits),
  asciiUpperJson: (secret) => asciiJson(secret, (digits) => digits.toUpperCase()),
  component: encodeURIComponent,
  lowerComponent: (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  quote: (secret) =>
    [...Buffer.from(secret)]
      .map((byte) => String.fromCharCode(byte))
      .map((char) => (/[\w.~/-]/.test(char) ? char : `%${digitsOf(char).slice(2).toUpperCase()}`))
      .join(''),
  uri: encodeURI,
  repr: (secret) => secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
  shell: (secret) => secret.replaceAll("'", `'"'"'`),
  html: (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#x27;'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
};

function asciiJson(secret: string, toDigits: (digits: string) => string): string {
  return JSON.stringify(secret)
    .slice(1, -1)
    .split('')
    .map((unit) => (/[ -~]/.test(unit) ? unit : `\\u${toDigits(digitsOf(unit))}`))
    .join('');
}

test('redactor: in each form a secret commonly takes it is gone from a longer text', () => {
  const marks = fc.constantFrom(...(`/+=&<>"'\\$!*() %~é€😀`.match(/./gu) ?? []));
  const letters = fc.constantFrom(...'aB3xY9kLmN0pQ');
  const secrets = fc
    .array(fc.oneof(letters, marks), { minLength: 4, maxLength: 24 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(secrets, fc.constantFrom(...Object.keys(WRITERS)), (secret, name) => {
      const form = WRITERS[name]?.(secret) ?? '';
      // Between characters that no form has.
      expect(withSecret(secret).redact(`before\u0001${form}\u0001after`)).toBe(
        'before\u0001<secret>\u0001after',
      );
    }),
    { numRuns: 2000 },
  );
});

test('redactor: forms of a short secret are not found in ordinary text', () => {
  const text = 'id 70617373 of word 0x7061 pass%20word &amp; p\\a "wor" cGFz';
  expect(withSecret('wo rd', 'a/b+').redact(text)).toBe(text);
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

test.each([
  ['a colour', '\u001b[0m'],
  ['several of them', '\u001b[1m\u001b[38:5:12m'],
  ['a title of the window', '\u001b]0;title\u0007'],
  ['a link', '\u001b]8;;https://example.com\u001b\\'],
])(
  'redactor: a secret with %s in the middle of it is replaced, and the sequences are left out',
  (_, sequence) => {
    const text = `\u001b[31mbefore\u001b[0m top-se${sequence}cret-value after`;
    expect(withSecret('top-secret-value').redact(text)).toBe('before <secret> after');
  },
);

test('redactor: a text in which no secret is broken keeps its colours', () => {
  const text = '\u001b[31mtop-secret-value\u001b[0m is \u001b[1mbold\u001b[0m';
  expect(withSecret('top-secret-value').redact(text)).toBe(
    '\u001b[31m<secret>\u001b[0m is \u001b[1mbold\u001b[0m',
  );
});
