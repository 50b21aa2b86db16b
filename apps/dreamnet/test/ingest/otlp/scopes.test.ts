import { expect, test } from 'vitest';
import { loadOtlpCodec } from '../../../src/ingest/otlp/otlp-codec.js';
import { intakeRig, processOf } from './intake-rig.js';

const counter = (name: string, dataPoints: object[]) => ({
  name,
  sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints },
});

/** One process that exports each ten seconds what its libraries measure. */
function rig() {
  const { clock, intake, reports } = intakeRig();
  const begin = clock.now();
  const send = async (
    metricsOf: (times: object) => readonly { scope?: object; metrics: readonly object[] }[],
  ) => {
    await clock.advance(10_000);
    const times = { startTimeUnixNano: begin * 1e6, timeUnixNano: clock.now() * 1e6 };
    const scopeMetrics = metricsOf(times);
    const outcome = await intake.metrics(
      { resourceMetrics: [{ resource: processOf('a'), scopeMetrics }] } as never,
      undefined,
    );
    return { ...reports.at(-1)?.metrics, rejected: outcome.rejected };
  };
  return { send };
}

test('otlp scopes: counters of one name in two libraries, or two versions of one, have their rates added', async () => {
  const { send } = rig();
  const attributes = [{ key: 'shard', value: { stringValue: '1' } }];
  const scopes = [{ name: 'lib' }, { name: 'lib', version: '2' }, { name: 'lib', attributes }, undefined];
  const tell = (n: number) =>
    send((times) =>
      scopes.map((scope, index) => ({
        ...(scope !== undefined && { scope }),
        metrics: [counter('requests', [{ ...times, asInt: String(10 ** (index + 2) + n * 10) }])],
      })),
    );
  await tell(0);
  expect(await tell(1)).toMatchObject({ requests: 111_100 + 40, 'requests.rate': 4 });
});

test('otlp scopes: histograms of one name in two libraries have mean and rate of all their values', async () => {
  const { send } = rig();
  const histogram = (point: object) => ({
    name: 'wait',
    histogram: { aggregationTemporality: 2, dataPoints: [point] },
  });
  const tell = (a: number, b: number) =>
    send((times) => [
      { scope: { name: 'a' }, metrics: [histogram({ ...times, count: a, sum: a * 5 })] },
      { scope: { name: 'b' }, metrics: [histogram({ ...times, count: b, sum: b * 15 })] },
    ]);
  await tell(1000, 1);
  expect(await tell(1010, 11)).toMatchObject({ 'wait.count': 1021, 'wait.rate': 2, 'wait.mean': 10 });
});

test('otlp scopes: a gauge whose name another library told first is marked with its library, also in later exports', async () => {
  const { send } = rig();
  const gauge = (value: number) => [
    {
      name: 'size',
      gauge: {
        dataPoints: [{ asInt: String(value), attributes: [{ key: 'queue', value: { stringValue: 'q' } }] }],
      },
    },
  ];
  const of = { a: { name: 'a' }, b: { name: 'b', version: '1' } };
  await send(() => [
    { scope: of.a, metrics: gauge(5) },
    { scope: of.b, metrics: gauge(7000) },
  ]);
  const marked = 'size{otel_scope_name="b",otel_scope_version="1",queue="q"}';
  expect(
    await send(() => [
      { scope: of.b, metrics: gauge(7001) },
      { scope: of.a, metrics: gauge(6) },
    ]),
  ).toEqual({ 'size{queue="q"}': 6, [marked]: 7001, rejected: 0 });
  expect(await send(() => [{ scope: of.b, metrics: gauge(7002) }])).toEqual({ [marked]: 7002, rejected: 0 });
});

test('otlp scopes: a counter and a gauge of one name are two metrics', async () => {
  const { send } = rig();
  const told = await send((times) => [
    { scope: { name: 'a' }, metrics: [{ name: 'x', gauge: { dataPoints: [{ asInt: '5' }] } }] },
    { scope: { name: 'b' }, metrics: [counter('x', [{ ...times, asInt: '100' }])] },
  ]);
  expect(told).toEqual({ x: 5, 'x{otel_scope_name="b"}': 100, rejected: 0 });
});

test('otlp scopes: a mark that makes a name too long is told as a rejected point', async () => {
  const { send } = rig();
  const metrics = [{ name: 'x', gauge: { dataPoints: [{ asInt: '5' }] } }];
  expect(await send(() => [{ metrics }, { scope: { name: 'b'.repeat(300) }, metrics }])).toEqual({
    x: 5,
    rejected: 1,
  });
});

test('otlp scopes: name, version and attributes are read from protobuf', async () => {
  const codec = await loadOtlpCodec();
  const bytes = Buffer.from('0a10' + '120e' + '0a0c' + '0a016112013b' + '1a040a026b31', 'hex');
  expect(codec.decode('metrics', bytes)).toMatchObject({
    resourceMetrics: [
      { scopeMetrics: [{ scope: { name: 'a', version: ';', attributes: [{ key: 'k1' }] } }] },
    ],
  });
});
