import { expect, test } from 'vitest';
import { intakeRig, processOf } from './intake-rig.js';

interface Point {
  /** Seconds since the rig began; a start that is not given is not told. */
  at: number;
  from?: number;
  count: number;
}

/** One process that exports a counter and a histogram; what is in one list comes in one export. */
function rig(temporality: 'delta' | 'cumulative') {
  const { clock, intake, reports } = intakeRig();
  const begin = clock.now();
  const aggregationTemporality = temporality === 'delta' ? 1 : 2;
  const resourceOf = ({ at, from, count }: Point) => {
    const times = {
      timeUnixNano: (begin + at * 1000) * 1e6,
      ...(from !== undefined && { startTimeUnixNano: (begin + from * 1000) * 1e6 }),
    };
    const orders = { ...times, asInt: String(count) };
    const wait = { ...times, count, sum: 5 * count };
    return {
      resource: processOf('a'),
      scopeMetrics: [
        {
          metrics: [
            { name: 'orders', sum: { isMonotonic: true, aggregationTemporality, dataPoints: [orders] } },
            { name: 'wait', histogram: { aggregationTemporality, dataPoints: [wait] } },
          ],
        },
      ],
    };
  };
  return async (...points: Point[]) => {
    await intake.metrics({ resourceMetrics: points.map(resourceOf) } as never, undefined);
    return reports.at(-1)?.metrics;
  };
}

test('otlp times: a delta that names no start began when the one before it ended', async () => {
  const send = rig('delta');
  expect(await send({ at: 10, count: 5 })).toEqual({ 'wait.mean': 5 });
  expect(await send({ at: 20, count: 30 })).toEqual({ 'orders.rate': 3, 'wait.rate': 3, 'wait.mean': 5 });
  // One that comes late does not spoil the next.
  await send({ at: 15, count: 7 });
  expect(await send({ at: 30, count: 20 })).toMatchObject({ 'orders.rate': 2, 'wait.rate': 2 });
});

test('otlp times: a cumulative export that comes late changes nothing, and the next rate is right', async () => {
  const send = rig('cumulative');
  await send({ from: 0, at: 10, count: 110 });
  await send({ from: 0, at: 20, count: 120 });
  const told = await send({ from: 0, at: 30, count: 130 });
  expect(told).toMatchObject({ orders: 130, 'orders.rate': 1, 'wait.count': 130, 'wait.rate': 1 });
  expect(await send({ from: 0, at: 20, count: 120 })).toEqual(told);
  // Also when it is tried again together with a newer one.
  const next = await send({ from: 0, at: 40, count: 140 }, { from: 0, at: 10, count: 110 });
  expect(next).toEqual({ ...told, orders: 140, 'wait.count': 140, 'wait.sum': 700 });
});

test('otlp times: the late word of a life that is over changes nothing, the first of a new one counts', async () => {
  const send = rig('cumulative');
  await send({ from: 0, at: 30, count: 1000 });
  await send({ from: 31, at: 40, count: 10 });
  const told = await send({ from: 31, at: 50, count: 20 });
  expect(told).toMatchObject({ orders: 20, 'orders.rate': 1 });
  expect(await send({ from: 0, at: 35, count: 1005 })).toEqual(told);
  expect(await send({ from: 31, at: 60, count: 30 })).toMatchObject({ orders: 30, 'orders.rate': 1 });
});

test('otlp times: a sender whose clock was set back has rates again with its second export', async () => {
  for (const back of [3600, 60]) {
    const send = rig('cumulative');
    await send({ at: 4000, count: 100 });
    expect(await send({ at: 4000 - back, count: 110 })).toMatchObject({ orders: 110 });
    expect(await send({ at: 4010 - back, count: 120 })).toMatchObject({ orders: 120, 'orders.rate': 1 });
  }
});
