import { expect, test } from 'vitest';
import { intakeRig, processOf } from './intake-rig.js';

const MINUTE = 60_000;
const EXPORT = { resourceMetrics: [{ scopeMetrics: [] }] };

/** One nameless service that exports metrics now and then. */
function rig() {
  const { clock, intake, reports } = intakeRig();
  const after = async (ms: number): Promise<number | undefined> => {
    await clock.advance(ms);
    await intake.metrics(EXPORT, undefined);
    return reports.at(-1)?.ttlMs;
  };
  return { after, clock, intake, reports };
}

test('otlp: an outage is no pace: the next one is found as soon as the first', async () => {
  const { after } = rig();
  for (let n = 0; n < 10; n += 1) expect(await after(MINUTE)).toBe(3 * MINUTE);
  expect(await after(600 * MINUTE)).toBe(3 * MINUTE);
  for (let n = 0; n < 10; n += 1) expect(await after(MINUTE)).toBe(3 * MINUTE);
});

test('otlp: a slow sender has three of its own intervals, also when it exports in between now and then', async () => {
  const { after } = rig();
  await after(0);
  expect(await after(10 * MINUTE)).toBe(30 * MINUTE);
  for (let n = 0; n < 5; n += 1) {
    expect(await after(10 * MINUTE)).toBe(30 * MINUTE);
    if (n === 2) expect(await after(1)).toBe(30 * MINUTE);
  }
});

test('otlp: spans of a service whose metrics come at a pace leave that pace in force; of one without metrics they promise nothing', async () => {
  const { after, clock, intake, reports } = rig();
  const spans = { resourceSpans: [{ scopeSpans: [] }] };
  await intake.traces(spans, undefined);
  expect(reports.at(-1)?.ttlMs).toBeUndefined();
  await after(0);
  await clock.advance(1000);
  await intake.traces(spans, undefined);
  expect(reports.at(-1)).toMatchObject({ ttlMs: 3 * MINUTE, isIrregular: true });
});

/** One export of a counter and a histogram, as a process with this id has them since its start. */
function exportOf(
  id: string,
  now: number,
  told: { startedAt: number; orders: number; waits?: number[]; heap?: number },
) {
  const times = { startTimeUnixNano: told.startedAt * 1e6, timeUnixNano: now * 1e6 };
  const { waits = [0, 0, 0], heap = 0 } = told;
  return {
    resource: processOf(id),
    scopeMetrics: [
      {
        metrics: [
          {
            name: 'orders',
            sum: {
              isMonotonic: true,
              aggregationTemporality: 2,
              dataPoints: [{ ...times, asInt: String(told.orders) }],
            },
          },
          {
            name: 'wait',
            histogram: {
              aggregationTemporality: 2,
              dataPoints: [
                {
                  ...times,
                  count: waits.reduce((sum, count) => sum + count, 0),
                  sum: 5 * (waits[0] ?? 0) + 15 * (waits[1] ?? 0),
                  bucketCounts: waits,
                  explicitBounds: [10, 20],
                },
              ],
            },
          },
          { name: 'heap', gauge: { dataPoints: [{ timeUnixNano: now * 1e6, asDouble: heap }] } },
          { name: 'busy', sum: { aggregationTemporality: 2, dataPoints: [{ ...times, asInt: 3 }] } },
        ],
      },
    ],
  };
}

/** Replicas of a shop that say each minute what they counted. */
function shop() {
  const { clock, intake, reports } = rig();
  const begin = clock.now();
  const tell = async (
    id: string,
    told: Omit<Parameters<typeof exportOf>[2], 'startedAt'> & { startedAt?: number },
  ) => {
    const resource = exportOf(id, clock.now(), { startedAt: begin, ...told });
    await intake.metrics({ resourceMetrics: [resource] } as never, undefined);
    return reports.at(-1)?.metrics ?? {};
  };
  return { clock, tell };
}

test('otlp: replicas under one name, exporting in turn, have the rates of all of them together', async () => {
  const { clock, tell } = shop();
  await clock.advance(MINUTE);
  await tell('a', { orders: 1000, waits: [100, 0, 0], heap: 10 });
  await clock.advance(MINUTE / 2);
  await tell('b', { orders: 10, waits: [0, 10, 0], heap: 20 });
  await clock.advance(MINUTE / 2);
  // In a minute 60 of the one; of the other no rate is known yet.
  const first = await tell('a', { orders: 1060, waits: [106, 0, 0], heap: 10 });
  expect(first).toMatchObject({ orders: 1070, 'orders.rate': 1, 'wait.count': 116, heap: 15, busy: 6 });
  await clock.advance(MINUTE / 2);
  const second = await tell('b', { orders: 130, waits: [0, 16, 0], heap: 40 });
  expect(second).toMatchObject({ orders: 1190, 'orders.rate': 3, heap: 25, busy: 6 });
  // Of the last minute: six of about 5 and six of about 15.
  expect(second).toMatchObject({ 'wait.rate': 0.2, 'wait.mean': 10, 'wait.p50': 10, 'wait.p95': 19 });
});

test('otlp: a replica that begins anew counts from nothing, and the others go on', async () => {
  const { clock, tell } = shop();
  await clock.advance(MINUTE);
  await tell('a', { orders: 600 });
  await tell('b', { orders: 600 });
  await clock.advance(MINUTE);
  await tell('a', { orders: 660 });
  const anew = await tell('b', { orders: 30, startedAt: clock.now() - MINUTE / 2 });
  expect(anew).toMatchObject({ orders: 690, 'orders.rate': 1.5 });
  await clock.advance(MINUTE);
  await tell('a', { orders: 720 });
  // More than before, and yet from nothing: its start tells.
  const again = await tell('b', { orders: 90, startedAt: clock.now() - MINUTE / 2 });
  expect(again['orders.rate']).toBe(1 + 1.5);
});

test('otlp: a successor takes the place of the process before it at once, a replica that ended leaves after three intervals', async () => {
  const { clock, tell } = shop();
  await clock.advance(MINUTE);
  await tell('a', { orders: 600, heap: 100 });
  await clock.advance(MINUTE);
  expect(await tell('a2', { orders: 5, heap: 20, startedAt: clock.now() - 1000 })).toMatchObject({
    orders: 5,
    heap: 20,
  });
  const replica = { startedAt: clock.now() - 1000 };
  await clock.advance(MINUTE);
  await tell('a2', { orders: 6, ...replica });
  expect(await tell('b', { orders: 1, ...replica })).toMatchObject({ orders: 7 });
  await clock.advance(2 * MINUTE);
  expect(await tell('a2', { orders: 7, ...replica })).toMatchObject({ orders: 8 });
  await clock.advance(2 * MINUTE);
  expect(await tell('a2', { orders: 8, ...replica })).toMatchObject({ orders: 8 });
});

test('otlp: a thousand processes of one service are heard, and a hundred of them are remembered', async () => {
  const { clock, tell } = shop();
  await clock.advance(MINUTE);
  let last: Record<string, number> = {};
  for (let n = 0; n < 1000; n += 1) last = await tell(`p${n}`, { orders: 1 });
  expect(last.orders).toBe(100);
});

test('otlp: calls in flight of replicas are those of all, and go with the process that is over', async () => {
  const { clock, intake, reports } = rig();
  const send = async (id: string, startMs: number) => {
    const at = clock.now();
    const span = {
      spanId: `${id}1`,
      parentSpanId: `${id}0`,
      flags: 0x100,
      startTimeUnixNano: startMs * 1e6,
      endTimeUnixNano: at * 1e6,
    };
    await intake.traces(
      { resourceSpans: [{ resource: processOf(id), scopeSpans: [{ spans: [span] }] }] } as never,
      undefined,
    );
    return reports.at(-1);
  };
  const begin = clock.now();
  await clock.advance(1000);
  expect(await send('a', begin)).toMatchObject({ inFlight: 1, progress: 1 });
  expect(await send('b', begin)).toMatchObject({ inFlight: 2, progress: 2 });
  await clock.advance(1000);
  expect(await send('c', clock.now() - 10)).toMatchObject({ inFlight: 1, progress: 3 });
  expect(await send('b', clock.now() - 10)).toMatchObject({ inFlight: 2 });
});

/** What is said of an export of these metrics, and what the service then has. */
async function told(metrics: readonly object[]) {
  const { intake, reports } = rig();
  const outcome = await intake.metrics({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] } as never, 'a');
  return { rejected: outcome.rejected, message: outcome.message, metrics: reports.at(-1)?.metrics };
}

const gauge = (name: string, ...dataPoints: object[]) => ({ name, gauge: { dataPoints } });
const histogram = (name: string, point: object) => ({
  name,
  histogram: { aggregationTemporality: 2, dataPoints: [point] },
});

test('otlp: a value that is no finite number is a rejected point, also as JSON writes it', async () => {
  const bad = ['NaN', 'Infinity', '-Infinity', Number.NaN, '', 'x', true, null].map((asDouble) => ({
    asDouble,
  }));
  expect(await told([gauge('load', ...bad, {}), gauge('heap', { asDouble: '2.5' })])).toEqual({
    rejected: 9,
    message: "a value that is no finite number (9, first in 'load')",
    metrics: { heap: 2.5 },
  });
});

test('otlp: a point that says that there is no value is taken, and is none', async () => {
  const summary = { name: 'took', summary: { dataPoints: [{ flags: 1 }] } };
  const none = { flags: 1, asDouble: 'NaN' };
  expect(await told([gauge('load', none), histogram('wait', { flags: 1 }), summary])).toEqual({
    rejected: 0,
    message: '',
    metrics: {},
  });
});

const BUCKETS = { count: 3, sum: 30 };
for (const [why, point] of [
  ['has not one bucket more than bounds', { ...BUCKETS, bucketCounts: [1, 2], explicitBounds: [10, 20] }],
  ['has not one bucket more than bounds', { ...BUCKETS, explicitBounds: [10] }],
  ['bounds do not rise', { ...BUCKETS, bucketCounts: [1, 1, 1], explicitBounds: [20, 20] }],
  ['bounds do not rise', { ...BUCKETS, bucketCounts: [1, 2], explicitBounds: ['Infinity'] }],
  ['counts are no whole numbers', { ...BUCKETS, bucketCounts: [1, -2], explicitBounds: [10] }],
  ['counts are no whole numbers', { ...BUCKETS, bucketCounts: ['1', '0.5'], explicitBounds: [10] }],
  ['counts are no whole numbers', { count: 'many' }],
  ['counts are no whole numbers', { ...BUCKETS, scale: 1, positive: { bucketCounts: [-1] } }],
  ['buckets are no list', { ...BUCKETS, bucketCounts: '3' }],
  ['scale and offsets are no whole numbers', { ...BUCKETS, scale: 0.5 }],
  ['a value that is no finite number', { ...BUCKETS, sum: 'NaN' }],
] as const)
  test(`otlp: ${JSON.stringify(point)} is a rejected point: ${why}`, async () => {
    const { rejected, message, metrics } = await told([
      histogram('wait', point),
      gauge('heap', { asInt: '7' }),
    ]);
    expect({ rejected, metrics }).toEqual({ rejected: 1, metrics: { heap: 7 } });
    expect(message).toContain(why);
    expect(message).toContain("(1, first in 'wait')");
  });

test('otlp: a histogram without buckets, with one, and an exponential one of scale 0 are taken', async () => {
  const { rejected, metrics } = await told([
    histogram('none', { count: '3', sum: '30' }),
    histogram('one', { ...BUCKETS, bucketCounts: ['3'], explicitBounds: [] }),
    histogram('powers', { ...BUCKETS, positive: { offset: 3, bucketCounts: ['3'] } }),
  ]);
  expect(rejected).toBe(0);
  expect(metrics).toMatchObject({ 'none.mean': 10, 'one.mean': 10, 'powers.mean': 10 });
  expect(metrics?.['powers.p50']).toBeGreaterThan(8);
});

test('otlp: several reasons are all told, each with how many points and the first metric', async () => {
  const { rejected, message } = await told([
    gauge('load', { asDouble: 'NaN' }, { asDouble: 'NaN' }),
    gauge('x'.repeat(300), { asDouble: 1 }),
  ]);
  expect(rejected).toBe(3);
  expect(message).toMatch(/^a value that is no finite number \(2, first in 'load'\); no name, or one longer/);
});

test('otlp: quantiles of a summary that observed nothing are left out, the rest of it is taken', async () => {
  const quantileValues = [{ quantile: 0.99, value: 'NaN' }];
  const summary = { dataPoints: [{ count: '0', sum: 0, quantileValues }] };
  expect(await told([{ name: 'took', summary }])).toEqual({
    rejected: 0,
    message: '',
    metrics: { 'took.count': 0, 'took.sum': 0 },
  });
});
