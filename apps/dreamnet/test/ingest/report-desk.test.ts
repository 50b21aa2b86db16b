import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createNameBook } from '../../src/ingest/name-book.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { createRateLimit } from '../../src/ingest/rate-limit.js';
import { takeReportBody } from '../../src/ingest/report-bodies.js';
import { reportProblem } from '../../src/ingest/report-check.js';
import { createReportDesk } from '../../src/ingest/report-desk.js';

const report = (subsystem = 'a') => ({ subsystem, status: 'ok' });

function prepare(perSecond = 100) {
  const clock = createFakeClock();
  const taken: HealthReport[] = [];
  const kept: string[] = [];
  const arrivals: (number | undefined)[] = [];
  const heartbeat = (one: HealthReport, _columns?: unknown, arrivedAt?: number): HeartbeatOutcome => {
    arrivals.push(arrivedAt);
    clock.jump(1);
    if (one.subsystem === 'nobody') return { accepted: false, because: 'unknown_subsystem' };
    if (one.seq === 0) return { accepted: false, because: 'duplicate' };
    taken.push({ ...one });
    return { accepted: true };
  };
  const desk = createReportDesk({ heartbeat, rate: createRateLimit(clock, perSecond) });
  const journal = {
    keep: async (bytes: Uint8Array, at: number) => {
      arrivals.push(at);
      kept.push(Buffer.from(bytes).toString());
    },
  };
  return {
    clock,
    desk,
    taken,
    kept,
    arrivals,
    tools: { clock, desk, reader: new PlainReportReader(createNameBook()), journal },
  };
}

const BAD: readonly [what: string, value: unknown, where: string][] = [
  ['no object', 7, 'report'],
  ['a list within a list', [], 'report'],
  ['no name', { status: 'ok' }, 'subsystem'],
  ['a name with control characters', report('a\u001b[2J'), 'subsystem'],
  ['a name that is a number', { subsystem: 1, status: 'ok' }, 'subsystem'],
  ['no status', { subsystem: 'a' }, 'status'],
  ['a status that is none', { subsystem: 'a', status: 'fine' }, 'status'],
  ['an unknown field', { ...report(), colour: 'red' }, 'colour'],
  ['a metric that is a text', { ...report(), metrics: { m: '1' } }, 'metrics.m'],
  ['a metric that is infinite', { ...report(), metrics: { m: Number.POSITIVE_INFINITY } }, 'metrics.m'],
  ['a metric that is NaN', { ...report(), metrics: { m: Number.NaN } }, 'metrics.m'],
  [
    'a metric whose name could move a cursor',
    { ...report(), metrics: { 'a\u0007': 1 } },
    'metrics."a\\u0007"',
  ],
  ['metrics that are a list', { ...report(), metrics: [1] }, 'metrics'],
  ['a fraction as seq', { ...report(), seq: 1.5 }, 'seq'],
  ['a negative inFlight', { ...report(), inFlight: -1 }, 'inFlight'],
  ['no time to live', { ...report(), ttlMs: 0 }, 'ttlMs'],
  ['a time to live of more than a year', { ...report(), ttlMs: 1e12 }, 'ttlMs'],
  ['a tool call without a beginning', { ...report(), openToolCall: { name: 'x' } }, 'openToolCall.startedAt'],
  ['a call that is none', { ...report(), calls: [{}] }, 'calls.0.signature'],
  ['an escape in details', { ...report(), details: 'x\u001b[31mred' }, 'details'],
  ['a bell in details', { ...report(), details: 'x\u0007' }, 'details'],
  ['a carriage return in details', { ...report(), details: 'all bad\rall well' }, 'details'],
  ['a DEL in details', { ...report(), details: 'x\u007f' }, 'details'],
  ['a C1 control in details', { ...report(), details: 'x\u009b31m' }, 'details'],
  ['an escape in a call', { ...report(), calls: [{ signature: 'a\u001b]0;b' }] }, 'calls.0.signature'],
];
for (const [what, value, where] of BAD)
  test(`report check: ${what} is refused with its place`, () => {
    expect(reportProblem(value)?.where).toBe(where);
  });

test('report check: a report with every field is one', () => {
  const whole = {
    ...report(),
    details: 'all well,\n\tsays grüße 😀',
    at: 1,
    seq: 0,
    inFlight: 2,
    progress: -1.5,
    openToolCall: { name: 'search', startedAt: 1, deadlineMs: 10 },
    calls: [{ signature: 'search {"q":1}', times: 2 }],
    metrics: { 'http.errors{route="/pay"}': 0, __proto__x: 1 },
    ttlMs: 5,
  };
  expect(reportProblem(JSON.parse(JSON.stringify(whole)))).toBeUndefined();
});

test('report desk: a sender past its rate is refused, others are not, and the next second it may again', async () => {
  const { clock, desk, taken } = prepare(100);
  for (let count = 0; count < 10_000; count += 1) desk.take(report('loud'));
  desk.take(report('quiet'));
  expect(taken.filter(({ subsystem }) => subsystem === 'loud')).toHaveLength(100);
  expect(taken.filter(({ subsystem }) => subsystem === 'quiet')).toHaveLength(1);
  expect(desk.counts).toMatchObject({ accepted: 101, tooMany: 9900 });
  expect(desk.take(report('loud'))).toMatchObject({ code: 'DN_REPORT_TOO_MANY' });
  await clock.advance(1000);
  expect(desk.take(report('loud'))).toEqual({ accepted: true });
});

test('report desk: the token of an agent is good for its own name only', () => {
  const { desk, taken } = prepare();
  expect(desk.take(report('b'), 'a')).toMatchObject({ code: 'DN_REPORT_FOREIGN' });
  expect(desk.take(report('a'), 'a')).toEqual({ accepted: true });
  expect(taken).toHaveLength(1);
});

const body = (text: string, isLines = false) => ({ bytes: Buffer.from(text), isLines, agent: undefined });

test('report bodies: each report of a list has its own outcome and only accepted ones are kept', async () => {
  const { tools, kept } = prepare();
  const list = [report('a'), { ...report('a'), seq: 0 }, report('nobody'), { subsystem: 'a', status: 'x' }];
  const answer = await takeReportBody(tools, body(JSON.stringify(list)));
  expect(answer.status).toBe(202);
  expect(JSON.parse(answer.text)).toMatchObject({
    accepted: 1,
    stale: 1,
    refused: 2,
    outcomes: [
      { accepted: true },
      { accepted: false, because: 'duplicate' },
      { accepted: false, error: { code: 'DN_REPORT_UNKNOWN' } },
      { accepted: false, error: { code: 'DN_REPORT_INVALID', details: { where: 'status' } } },
    ],
  });
  expect(kept).toEqual([JSON.stringify([report('a')])]);
});

for (const [what, text, isLines] of [
  ['a plain one', '{"subsystem":"a","status":"ok","metrics":{"m":1}}', false],
  ['one that is read the long way', '{ "subsystem": "a", "status": "ok", "details": "\u00e4" }', false],
  ['a list', '[{"subsystem":"a","status":"ok"},{"subsystem":"b","status":"ok"}]', false],
  ['lines', '{"subsystem":"a","status":"ok"}\n{"subsystem":"b","status":"ok"}', true],
] as const)
  test(`report bodies: ${what} has one time of arrival, in the log as in the history`, async () => {
    const { tools, arrivals, clock } = prepare();
    const at = clock.now();
    await takeReportBody(tools, body(text, isLines));
    expect(arrivals.length).toBeGreaterThan(1);
    expect(new Set(arrivals)).toEqual(new Set([at]));
  });

test('report bodies: lines are a list, a list in which nothing is right is answered 400', async () => {
  const { tools } = prepare();
  const lines = `${JSON.stringify(report('a'))}\n\n${JSON.stringify(report('b'))}\n`;
  expect(JSON.parse((await takeReportBody(tools, body(lines, true))).text)).toMatchObject({ accepted: 2 });
  expect((await takeReportBody(tools, body('  [{}]'))).status).toBe(400);
});

for (const text of ['', '{"subsystem":', '{"subsystem":"a","status":"ok","metrics":{"m":NaN}}'])
  test(`report bodies: '${text}' is no JSON and counted`, async () => {
    const { tools, desk } = prepare();
    await expect(takeReportBody(tools, body(text))).rejects.toMatchObject({ code: 'DN_REPORT_NOT_JSON' });
    expect(desk.counts.invalid).toBe(1);
  });

test('report bodies: what cannot be kept is not acknowledged', async () => {
  const { tools, taken } = prepare();
  const journal = { keep: () => Promise.reject(new TypeError('no space')) };
  await expect(takeReportBody({ ...tools, journal }, body(JSON.stringify(report())))).rejects.toThrow(
    'no space',
  );
  expect(taken).toHaveLength(1);
});
