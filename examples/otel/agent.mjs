// A small agent as its author writes it: it knows OpenTelemetry and nothing of DreamNet OS. Its model and its tools are
// pretended; its spans and metrics are real. A line on stdin says what it does next: work, loop or hang.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

// Where to and with which token is in OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS: the exporters read them.
const resource = resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'researcher' });
const spans = new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 200 });
const tracer = new BasicTracerProvider({ resource, spanProcessors: [spans] }).getTracer('agent');
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(),
  exportIntervalMillis: 500,
  exportTimeoutMillis: 400,
});
const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('agent');
const tokens = meter.createHistogram('gen_ai.client.token.usage', {
  advice: { explicitBucketBoundaries: [1, 16, 64, 256, 1024, 4096] },
});
const uptime = meter.createObservableGauge('process.uptime');
uptime.addCallback((result) => result.observe(process.uptime()));

let tasks = 0;
const actions = {
  work: async () => {
    const task = begin('invoke_agent research');
    await chat(task);
    await callTool(task, { q: `question ${tasks}` });
    task.end();
  },
  /** The model asks for the same search again and again. */
  loop: async () => {
    const task = begin('invoke_agent research');
    for (let turn = 0; turn < 12; turn += 1) {
      await chat(task);
      await callTool(task, { q: 'echoes of silence' });
    }
    task.end();
  },
  /** The last call never comes back. A span is exported when it ends, so only what it has done shows. */
  hang: async () => {
    const task = begin('invoke_agent research');
    await callTool(task, { q: 'before the silence' });
  },
};

function begin(name) {
  tasks += 1;
  return tracer.startSpan(name, { attributes: { 'gen_ai.operation.name': 'invoke_agent' } });
}

async function chat(task) {
  const used = { input: 120, output: 30 };
  const span = startWithin(task, 'chat small-model', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': used.input,
    'gen_ai.usage.output_tokens': used.output,
  });
  await sleep(10);
  for (const [type, count] of Object.entries(used)) tokens.record(count, { 'gen_ai.token.type': type });
  span.end();
}

async function callTool(task, given) {
  const span = startWithin(task, 'execute_tool search', {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'search',
    'gen_ai.tool.call.arguments': JSON.stringify(given),
  });
  await sleep(10);
  span.end();
}

function startWithin(task, name, attributes) {
  return tracer.startSpan(name, { attributes }, trace.setSpan(context.active(), task));
}

for await (const line of createInterface({ input: process.stdin })) await actions[line]?.();
