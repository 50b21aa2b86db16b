import { gzipSync } from 'node:zlib';
import type { HealthReport } from '@dreamnet/contracts';
import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { systemClock } from '@dreamnet/kit';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addOtlpRoutes } from '../../../src/http/routes-otlp.js';
import { createServer } from '../../../src/http/server.js';
import { createOtlpIntake } from '../../../src/ingest/otlp/otlp-intake.js';
import { createOtlpServices } from '../../../src/ingest/otlp/otlp-services.js';
import { createRateLimit } from '../../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../../src/ingest/report-desk.js';

const clock = systemClock();
const HEADERS = { authorization: 'Bearer admin' };
let server: FastifyInstance;
let core: DreamNetOSCoreFacade;
let url: string;
let reports: HealthReport[];
let failure: Error | undefined;

beforeEach(async () => {
  core = createDreamNetOSCore();
  reports = [];
  failure = undefined;
  const heartbeat = (report: HealthReport) => {
    reports.push(report);
    return core.heartbeat(report);
  };
  const services = createOtlpServices({
    clock,
    isWatched: (name) => core.health(name) !== undefined,
    watch: (name, make) => core.watch(name, make()),
    hasOwnTtl: (name) => name === 'declared',
    settings: { autoWatch: true, limit: 2 },
  });
  const desk = createReportDesk({ heartbeat, rate: createRateLimit(clock, 1000) });
  const journal = { keep: async () => (failure === undefined ? undefined : Promise.reject(failure)) };
  server = await createServer({
    identify: (token) =>
      token === 'admin' ? { role: 'admin' } : token === 'ada' ? { role: 'agent', agent: 'ada' } : undefined,
    consoleDir: '',
    version: '0',
    allowedHosts: ['127.0.0.1'],
    register: (app) => addOtlpRoutes(app, createOtlpIntake({ clock, desk, journal, services })),
  });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

const merged = () => Object.assign({}, ...reports.map(({ metrics }) => metrics)) as Record<string, number>;

for (const [form, Metrics] of [
  ['JSON', JsonMetrics],
  ['protobuf', ProtoMetrics],
] as const)
  test(`otlp: metrics of the OpenTelemetry SDK in ${form} become metrics of the service`, async () => {
    const exporter = new Metrics({ url: `${url}/v1/metrics`, headers: HEADERS });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop-front' }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    });
    const meter = provider.getMeter('test');
    meter.createObservableGauge('queue.depth').addCallback((result) => result.observe(7, { queue: 'mail' }));
    const orders = meter.createCounter('orders');
    const usage = meter.createHistogram('gen_ai.client.token.usage', {
      advice: { explicitBucketBoundaries: [10, 100, 1000] },
    });
    orders.add(3);
    usage.record(50, { 'gen_ai.token.type': 'input' });
    await provider.forceFlush();
    orders.add(2);
    for (let count = 0; count < 9; count += 1) usage.record(150, { 'gen_ai.token.type': 'input' });
    await provider.forceFlush();
    await provider.shutdown();
    expect(core.health('shop-front')?.status).toBe('ok');
    expect(merged()).toMatchObject({
      'queue.depth{queue="mail"}': 7,
      orders: 5,
      'gen_ai.client.token.usage.count{gen_ai.token.type="input"}': 10,
      'gen_ai.client.token.usage.sum{gen_ai.token.type="input"}': 1400,
    });
    // The figures of the second export are about what came since the first.
    expect(reports[1]?.metrics?.['gen_ai.client.token.usage.mean{gen_ai.token.type="input"}']).toBe(150);
    expect(reports[1]?.metrics?.['orders.rate']).toBeGreaterThan(0);
  });

for (const [form, Metrics] of [
  ['JSON', JsonMetrics],
  ['protobuf', ProtoMetrics],
] as const)
  test(`otlp: deltas and exponential histograms of the SDK in gzipped ${form} are told as they are`, async () => {
    const exporter = new Metrics({
      url: `${url}/v1/metrics`,
      headers: HEADERS,
      // Its enum is in a package of theirs that is none of ours.
      compression: 'gzip' as never,
      temporalityPreference: AggregationTemporality.DELTA,
    });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
      views: [{ instrumentName: 'wait', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    });
    const meter = provider.getMeter('test');
    const [orders, wait, size] = [
      meter.createCounter('orders'),
      meter.createHistogram('wait'),
      meter.createHistogram('size', { advice: { explicitBucketBoundaries: [10, 20, 40] } }),
    ];
    for (let n = 1; n <= 100; n += 1) {
      wait.record(n);
      size.record(n <= 90 ? 15 : 30);
    }
    orders.add(3);
    // A rate needs time that passes.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await provider.forceFlush();
    wait.record(1000);
    await provider.forceFlush();
    await provider.shutdown();
    const [first, second] = reports.map(({ metrics }) => metrics ?? {});
    // A delta counts from the export before: its sum says nothing by itself, its rate does.
    expect(first?.orders).toBeUndefined();
    expect(first?.['orders.rate']).toBeGreaterThan(0);
    expect(first?.['wait.mean']).toBeCloseTo(50.5);
    // Exponential buckets of 160 for two decades are finer than a twentieth.
    expect(first?.['wait.p50']).toBeGreaterThan(47.5);
    expect(first?.['wait.p50']).toBeLessThan(52.5);
    expect(first?.['wait.p95']).toBeGreaterThan(90);
    expect(first?.['wait.p95']).toBeLessThan(100);
    expect(first?.['size.p50']).toBeGreaterThan(10);
    expect(first?.['size.p50']).toBeLessThan(20);
    expect(first?.['size.p95']).toBeGreaterThan(20);
    expect(second?.['wait.mean']).toBe(1000);
    expect(second?.['size.mean']).toBeUndefined();
  });

for (const [form, Traces] of [
  ['JSON', JsonTraces],
  ['protobuf', ProtoTraces],
] as const)
  test(`otlp: GenAI spans of the OpenTelemetry SDK in ${form} become calls, tokens, work in flight and a loop`, async () => {
    const exporter = new Traces({ url: `${url}/otlp/v1/traces`, headers: HEADERS });
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'researcher' }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('test');
    const agent = tracer.startSpan('invoke_agent', {
      attributes: { 'gen_ai.operation.name': 'invoke_agent' },
    });
    const within = trace.setSpan((await import('@opentelemetry/api')).ROOT_CONTEXT, agent);
    for (let count = 0; count < 12; count += 1)
      tracer
        .startSpan(
          'execute_tool',
          {
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'search',
              'gen_ai.tool.call.arguments': '{"q":"the same"}',
            },
          },
          within,
        )
        .end();
    const chat = tracer.startSpan(
      'chat',
      {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.usage.input_tokens': 120,
          'gen_ai.usage.output_tokens': 30,
        },
      },
      within,
    );
    chat.setStatus({ code: SpanStatusCode.ERROR });
    chat.end();
    await provider.forceFlush();
    expect(reports.at(-1)).toMatchObject({ inFlight: 1, progress: 13 });
    expect(reports.at(-1)?.calls).toHaveLength(12);
    expect(JSON.stringify(reports)).not.toContain('the same');
    expect(merged()).toMatchObject({
      'gen_ai.execute_tool.total': 12,
      'gen_ai.chat.error_rate': 1,
      'gen_ai.tokens.input': 120,
      'gen_ai.tokens.output': 30,
    });
    expect(core.health('researcher')?.axes.progress.state).toBe('looping');
    agent.end();
    await provider.forceFlush();
    await provider.shutdown();
    expect(reports.at(-1)).toMatchObject({ inFlight: 0, progress: 14, metrics: { 'calls.total': 1 } });
  });

function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...HEADERS, ...headers },
    body,
  });
}

const gauge = (service: string, name = 'g') =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints: [{ asInt: '5' }] } }] }],
      },
    ],
  });

test('otlp: a gzipped body is read, what is none is refused', async () => {
  expect((await post('/v1/metrics', gzipSync(gauge('zip')), { 'content-encoding': 'gzip' })).status).toBe(
    200,
  );
  expect(reports[0]?.metrics).toEqual({ g: 5 });
  expect((await post('/v1/metrics', gauge('zip'), { 'content-encoding': 'gzip' })).status).toBe(400);
});

test('otlp: a small body that unpacks to a very large one is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  expect((await post('/v1/metrics', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
});

test('otlp: how long a service may be silent is guessed only where the fleet file does not say it', async () => {
  core.watch('declared', { manifest: { heartbeat: { ttlMs: 5000 } } });
  await post('/v1/metrics', gauge('declared'));
  await post('/v1/metrics', gauge('other'));
  expect(reports.map(({ ttlMs }) => ttlMs)).toEqual([undefined, 180_000]);
});

test('otlp: services beyond the limit are told as a partial success', async () => {
  for (const service of ['one', 'two'])
    expect(await (await post('/v1/metrics', gauge(service))).json()).toEqual({});
  const answer = await post('/v1/metrics', gauge('three'));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
  expect(core.health('three')).toBeUndefined();
});

test('otlp: what an agent exports with its token is its own, whatever it calls itself', async () => {
  await post('/v1/metrics', gauge('somebody-else'), { authorization: 'Bearer ada' });
  expect(reports.map(({ subsystem }) => subsystem)).toEqual(['ada']);
});

test('otlp: JSON with anything in the wrong place is refused as a status', async () => {
  for (const [place, body] of [
    ['body', '{'],
    ['body.resourceMetrics', '{"resourceMetrics":5}'],
    ['body.resourceMetrics[0]', '{"resourceMetrics":[null]}'],
    ['body.resourceMetrics[0].scopeMetrics', '{"resourceMetrics":[{"scopeMetrics":7}]}'],
  ] as const) {
    const answer = await post('/v1/metrics', body);
    expect(answer.status).toBe(400);
    const { code, message } = (await answer.json()) as { code: number; message: string };
    expect(code).toBe(3);
    expect(message).toContain(`DN_API_BAD_INPUT: ${place}: `);
  }
  expect((await post('/v1/metrics', '{"resourceMetrics":null}')).status).toBe(200);
});

test('otlp: no protobuf is refused in protobuf, logs are said not to be taken', async () => {
  const answer = await post('/v1/traces', Buffer.from([0xff, 0xff, 0xff]), {
    'content-type': 'application/x-protobuf',
  });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
  expect((await post('/v1/logs', '{}')).status).toBe(404);
});

test('otlp: what cannot be kept is answered so that the sender tries again', async () => {
  failure = new TypeError('no space');
  const answer = await post('/v1/metrics', gauge('one'));
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
});

test('otlp: two replicas of the SDK under one name, exporting in turn, have one total and one rate', async () => {
  const replicas = ['one', 'two'].map((id) => {
    const exporter = new ProtoMetrics({ url: `${url}/v1/metrics`, headers: HEADERS });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': id }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    });
    return { provider, orders: provider.getMeter('test').createCounter('orders') };
  });
  for (let round = 1; round <= 3; round += 1)
    for (const [index, { provider, orders }] of replicas.entries()) {
      orders.add(index === 0 ? 1000 : 1);
      // A rate needs time that passes.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await provider.forceFlush();
    }
  await Promise.all(replicas.map(({ provider }) => provider.shutdown()));
  const [, , , , , last] = reports;
  expect(last?.metrics?.orders).toBe(3003);
  // Were one taken for the other anew, its 3 would be the rate, or its 3000 news of a moment.
  const rate = last?.metrics?.['orders.rate'] ?? Number.NaN;
  expect(rate).toBeGreaterThan(3);
  expect(rate).toBeLessThan(1001 / 0.03);
});
