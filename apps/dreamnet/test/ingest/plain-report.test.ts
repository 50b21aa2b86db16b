import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFirstName, createNameBook } from '../../src/ingest/name-book.js';
import { readPlainNumber } from '../../src/ingest/plain-number.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { reportProblem } from '../../src/ingest/report-check.js';

const reader = new PlainReportReader(createNameBook());

/** What was read, as `JSON.parse` would give it; undefined when it was left to that. */
function readPlain(text: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(text);
  if (reader.read(bytes, 0) !== bytes.length) return undefined;
  const { columns } = reader;
  const told = Object.entries(reader.report).filter(([, value]) => value !== undefined);
  if (columns === undefined) return Object.fromEntries(told);
  const { names, values, count } = columns;
  const metrics = Array.from({ length: count }, (_, place) => [names[place], values[place]]);
  return Object.fromEntries([...told, ['metrics', Object.fromEntries(metrics)]]);
}

function expectAgreement(text: string): void {
  const plain = readPlain(text);
  if (plain === undefined) return;
  const parsed: unknown = JSON.parse(text);
  expect(reportProblem(parsed)).toBeUndefined();
  expect(plain).toEqual(parsed);
}

const plainName = fc.stringMatching(/^[a-z][a-z0-9_.:-]{0,12}$/);
const anyReport = fc.record(
  {
    subsystem: fc.oneof(plainName, fc.string(), fc.string({ unit: 'binary' })),
    status: fc.constantFrom('ok', 'warn', 'error', 'unknown', 'fine', 1),
    seq: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.integer(), fc.double()),
    at: fc.oneof(fc.nat(), fc.double()),
    isIrregular: fc.oneof(fc.boolean(), fc.constant(null)),
    inFlight: fc.oneof(fc.nat(), fc.integer()),
    progress: fc.double(),
    ttlMs: fc.nat(),
    details: fc.string(),
    metrics: fc.oneof(
      fc.dictionary(plainName, fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.constant('1'))),
      fc.dictionary(fc.string(), fc.double()),
    ),
    colour: fc.string(),
  },
  { requiredKeys: [] },
);

test('plain reports: what is read by hand is what JSON.parse and the check give, for any report', () => {
  fc.assert(
    fc.property(anyReport, fc.constantFrom(0, 1), (report, indent) => {
      expectAgreement(JSON.stringify(report, null, indent));
      expectAgreement(JSON.stringify(report).replaceAll('":', '": ').replaceAll(',"', ', "'));
    }),
    { numRuns: 3000 },
  );
});

test('plain reports: nothing is read by hand that JSON.parse refuses, whatever bytes are changed', () => {
  const text = '{"subsystem":"svc-1","status":"ok","metrics":{"a":1,"b":12.5},"seq":7,"isIrregular":true}';
  const edit = fc.record({
    at: fc.nat(text.length),
    drop: fc.nat(3),
    put: fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n\t0123456789.-+eEatrufls\u00e9') }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const changed = edits.reduce(
        (before, { at, drop, put }) => before.slice(0, at) + put + before.slice(at + drop),
        text,
      );
      expectAgreement(changed);
    }),
    { numRuns: 20_000 },
  );
});

test('plain reports: what senders mostly write is read by hand, in any order of its fields', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(['subsystem', 'status', 'metrics', 'seq', 'at', 'isIrregular', 'inFlight'], {
        minLength: 7,
      }),
      fc.dictionary(plainName, fc.oneof(fc.nat(), fc.constant(-12.5), fc.constant(0.001))),
      fc.nat(),
      (order, metrics, seq) => {
        const whole: Record<string, unknown> = {
          ...{ subsystem: 'api', status: 'warn', metrics, seq, at: 1_760_000_000_000, isIrregular: false },
          inFlight: 3,
        };
        const report = Object.fromEntries(order.map((field) => [field, whole[field]]));
        expect(readPlain(JSON.stringify(report))).toEqual(report);
      },
    ),
  );
});

const LEFT: readonly [what: string, text: string][] = [
  ['a field twice', '{"subsystem":"a","status":"ok","status":"warn"}'],
  ['a metric twice', '{"subsystem":"a","status":"ok","metrics":{"m":1,"m":2}}'],
  ['an exponent', '{"subsystem":"a","status":"ok","at":1e3}'],
  ['a negative zero', '{"subsystem":"a","status":"ok","progress":-0}'],
  ['a comma at the end', '{"subsystem":"a","status":"ok",}'],
  ['no status', '{"subsystem":"a"}'],
  ['more behind it', '{"subsystem":"a","status":"ok"} '],
  ['two reports', '{"subsystem":"a","status":"ok"},{"subsystem":"a","status":"ok"}'],
  ['a newline within', '{"subsystem":"a","status":"ok",\n"seq":1}'],
  ['a name of 201 characters', `{"subsystem":"${'a'.repeat(201)}","status":"ok"}`],
];
for (const [what, text] of LEFT)
  test(`plain reports: ${what} is left to JSON.parse`, () => {
    expect(readPlain(text)).toBeUndefined();
  });

test('plain numbers: every one that is read is the double of its text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.double().map(String), fc.stringMatching(/^-?[0-9]{1,17}(\.[0-9]{0,17})?[eE,]?$/)),
      (text) => {
        const cursor = { at: 0 };
        const value = readPlainNumber(Buffer.from(text), cursor);
        if (!Number.isNaN(value)) expect(value).toBe(JSON.parse(text.slice(0, cursor.at)));
      },
    ),
    { numRuns: 5000 },
  );
});

test('name book: a name is made once while there is place, guessed by the one before it, and its number is bounded', () => {
  const book = createNameBook(2048);
  const first = createFirstName();
  const read = (text: string, before = first) => book.read(Buffer.from(`${text}"`), 0, before);
  const a = read('a');
  expect(read('a')).toBe(a);
  expect(first.next).toBe(a);
  for (let index = 0; index < 20_000; index += 1) expect(read(`name-${index}`)?.text).toBe(`name-${index}`);
  expect(book.size).toBeLessThanOrEqual(2048);
  expect(read('')).toBeUndefined();
});

test('name book: one that gave its place away leads to no other, so that nothing holds it', () => {
  const book = createNameBook(1024);
  const read = (text: string, before: ReturnType<typeof createFirstName>) =>
    book.read(Buffer.from(`${text}"`), 0, before) ?? before;
  const names = [createFirstName()];
  for (let index = 0; index < 10_000; index += 1)
    names.push(read(`name-${index}`, names.at(-1) ?? createFirstName()));
  const gone = names.filter(({ isGone }) => isGone);
  expect(gone.length).toBeGreaterThan(8000);
  expect(gone.every(({ next }) => next === undefined)).toBe(true);
});

test('name book: a name stays what it was when the bytes it was read from change', () => {
  const book = createNameBook();
  const bytes = Buffer.from('plain"');
  const name = book.read(bytes, 0, createFirstName());
  bytes.write('stale"');
  expect(book.read(bytes, 0, createFirstName())?.text).toBe('stale');
  expect(book.read(Buffer.from('plain"'), 0, createFirstName())).toBe(name);
});
