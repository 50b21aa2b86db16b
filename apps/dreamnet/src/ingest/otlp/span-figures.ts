import { createHash } from 'node:crypto';
import type { Clock, ReportedCall } from '@dreamnet/contracts';
import { createEndedSpans } from './ended-spans.js';
import { createModelTokens, type Tokens } from './model-tokens.js';
import { endSpans, followSpans, isCall, type OpenSpans } from './open-spans.js';
import { attributesOf, msOf, type OtlpSpan } from './otlp-messages.js';

/** What the spans of one export tell. */
export interface SpanNews {
  metrics: Record<string, number>;
  /** Calls of tools whose arguments can be compared, oldest first. */
  calls: ReportedCall[];
  /** Spans ended so far. */
  progress: number;
  /** Tokens of models that these spans tell of. */
  tokens: number;
}

/** Turns spans of one service into figures. A span is told when it ends: what runs shows only by its children. */
export interface SpanFigures {
  /** Called with all spans of an export before any of them is taken. @param open Of the process they come from. */
  end(spans: readonly OtlpSpan[], open: OpenSpans): void;
  /** @param open Of the process they come from. */
  take(spans: readonly OtlpSpan[], open: OpenSpans): SpanNews;
}

const ERROR = new Set<unknown>([2, 'STATUS_CODE_ERROR']);
const MOST_CALLS = 100;
/** The operations of the GenAI conventions, and what they are counted under. */
const OPERATIONS = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'execute_tool',
  'invoke_agent',
  'create_agent',
]);

interface Totals {
  spans: number;
  calls: number;
  errors: number;
  tokens: Tokens;
  operations: Map<string, number>;
}

/** Nothing seen yet. */
export function createSpanFigures(clock: Clock): SpanFigures {
  const ended = createEndedSpans(clock);
  const tokens = createModelTokens(ended, (operation) => OPERATIONS.has(operation));
  const totals: Totals = {
    spans: 0,
    calls: 0,
    errors: 0,
    tokens: { input: 0, output: 0 },
    operations: new Map(),
  };
  return {
    end: (spans, open) => endSpans(spans, open, ended),
    take: (spans, open) => {
      followSpans(spans, open, ended);
      const metrics: Record<string, number> = {};
      const { input, output } = tokens.take(spans);
      totals.tokens = { input: totals.tokens.input + input, output: totals.tokens.output + output };
      countCalls(spans, totals, metrics);
      countOperations(spans, totals, metrics);
      totals.spans += spans.length;
      metrics['spans.total'] = totals.spans;
      return { metrics, calls: toolCalls(spans), progress: totals.spans, tokens: input + output };
    },
  };
}

function countCalls(spans: readonly OtlpSpan[], totals: Totals, metrics: Record<string, number>): void {
  const calls = spans.filter(isCall);
  if (calls.length === 0) return;
  const errors = calls.filter(({ status }) => ERROR.has(status?.code)).length;
  totals.calls += calls.length;
  totals.errors += errors;
  metrics['calls.total'] = totals.calls;
  metrics['calls.errors'] = totals.errors;
  metrics['calls.error_rate'] = errors / calls.length;
  putLatency(metrics, 'calls.latency_ms', calls);
}

function countOperations(spans: readonly OtlpSpan[], totals: Totals, metrics: Record<string, number>): void {
  const byName = new Map<string, OtlpSpan[]>();
  for (const span of spans) {
    const operation = attributesOf(span.attributes).get('gen_ai.operation.name');
    if (typeof operation !== 'string' || !OPERATIONS.has(operation)) continue;
    const its = byName.get(operation);
    if (its === undefined) byName.set(operation, [span]);
    else its.push(span);
  }
  for (const [operation, its] of byName) {
    const total = (totals.operations.get(operation) ?? 0) + its.length;
    totals.operations.set(operation, total);
    metrics[`gen_ai.${operation}.total`] = total;
    metrics[`gen_ai.${operation}.error_rate`] =
      its.filter(({ status }) => ERROR.has(status?.code)).length / its.length;
    putLatency(metrics, `gen_ai.${operation}.latency_ms`, its);
  }
  if (byName.size === 0) return;
  metrics['gen_ai.tokens.input'] = totals.tokens.input;
  metrics['gen_ai.tokens.output'] = totals.tokens.output;
}

function putLatency(metrics: Record<string, number>, name: string, spans: readonly OtlpSpan[]): void {
  const lasted = spans.map(durationMs).filter((ms) => ms >= 0);
  if (lasted.length === 0) return;
  lasted.sort((a, b) => a - b);
  metrics[`${name}.mean`] = lasted.reduce((sum, ms) => sum + ms, 0) / lasted.length;
  metrics[`${name}.p95`] = lasted[Math.ceil(lasted.length * 0.95) - 1] ?? 0;
}

/** Without its arguments one call of a tool cannot be told from another, so only those that show them count. */
function toolCalls(spans: readonly OtlpSpan[]): ReportedCall[] {
  return [...spans]
    .sort((a, b) => (msOf(a.startTimeUnixNano) ?? 0) - (msOf(b.startTimeUnixNano) ?? 0))
    .flatMap((span) => {
      const attributes = attributesOf(span.attributes);
      const asked = attributes.get('gen_ai.tool.call.arguments');
      if (attributes.get('gen_ai.operation.name') !== 'execute_tool' || asked === undefined) return [];
      const tool = String(attributes.get('gen_ai.tool.name') ?? span.name ?? 'tool').slice(0, 100);
      // Arguments may be secret: their digest compares as well.
      const digest = createHash('sha256').update(String(asked)).digest('hex').slice(0, 12);
      return [{ signature: `${tool} #${digest}` }];
    })
    .slice(-MOST_CALLS);
}

function durationMs({ startTimeUnixNano, endTimeUnixNano }: OtlpSpan): number {
  return (msOf(endTimeUnixNano) ?? Number.NaN) - (msOf(startTimeUnixNano) ?? Number.NaN);
}
