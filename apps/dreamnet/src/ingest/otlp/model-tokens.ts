import type { EndedSpans } from './ended-spans.js';
import { attributesOf, idOf, type OtlpSpan } from './otlp-messages.js';

/** Tokens of models. */
export interface Tokens {
  input: number;
  output: number;
}

/** Counts the tokens that the spans of one service tell of, each once. */
export interface ModelTokens {
  /** @param spans Of one export, in any order. @returns What they tell of that was not told before. */
  take(spans: readonly OtlpSpan[]): Tokens;
}

/** Spans with tokens below them that have not come, and agents of which more may be told below them: so many of each. */
const MOST_REMEMBERED = 1000;
/** Spans between a model call and the agent that it belongs to. */
const MOST_BETWEEN = 100;
const AGENT = 'invoke_agent';

/**
 * None yet. The span of an agent may sum up what the spans within it tell one by one: of its sum only what goes beyond
 * theirs is counted, and of what comes from within it later only what goes beyond its sum.
 *
 * @param isCounted Whether spans of this operation of the GenAI conventions tell of tokens.
 * @source https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/
 */
export function createModelTokens(ended: EndedSpans, isCounted: (operation: string) => boolean): ModelTokens {
  /** Told within a span that has not come yet. */
  const within = new Map<string, Tokens>();
  /** Of the sum of an agent that has come: what nobody within it has told. */
  const untold = new Map<string, Tokens>();
  const one = (span: OtlpSpan): Tokens => {
    const id = idOf(span.spanId);
    const attributes = attributesOf(span.attributes);
    const operation = attributes.get('gen_ai.operation.name');
    const below = (id !== '' && within.get(id)) || none();
    within.delete(id);
    ended.take(id);
    let news = none();
    if (typeof operation === 'string' && isCounted(operation)) {
      const own = tokensOf(attributes);
      news = operation === AGENT ? rest(own, below) : own;
      if (operation === AGENT && !isNone(news)) put(untold, id, news);
    }
    return passUp(idOf(span.parentSpanId), { below, news });
  };
  /** What agents above have summed up is taken off; the rest is told to the first span above that has not come. */
  const passUp = (parent: string, { below, news }: { below: Tokens; news: Tokens }): Tokens => {
    let left = news;
    let above: string | undefined = parent;
    for (let n = 0; n < MOST_BETWEEN && above && ended.isTaken(above); n += 1) {
      const open = untold.get(above);
      if (open !== undefined) {
        const still = rest(open, left);
        left = rest(left, open);
        if (isNone(still)) untold.delete(above);
        else untold.set(above, still);
      }
      above = ended.parentOf(above);
    }
    const all = sum(below, left);
    if (above && !ended.isTaken(above) && !isNone(all))
      put(within, above, sum(within.get(above) ?? none(), all));
    return left;
  };
  return {
    take: (spans) => {
      let total = none();
      for (const span of childrenFirst(spans)) total = sum(total, one(span));
      return total;
    },
  };
}

/** Those of a ring of parents, which is none, come last. */
function childrenFirst(spans: readonly OtlpSpan[]): OtlpSpan[] {
  const byId = new Map(spans.map((span) => [idOf(span.spanId), span]));
  const childrenOf = new Map<OtlpSpan, number>();
  const parentOf = (span: OtlpSpan) => byId.get(idOf(span.parentSpanId));
  for (const span of spans) {
    const parent = parentOf(span);
    if (parent !== undefined) childrenOf.set(parent, (childrenOf.get(parent) ?? 0) + 1);
  }
  const ordered = spans.filter((span) => !childrenOf.has(span));
  for (const span of ordered) {
    const parent = parentOf(span);
    if (parent === undefined) continue;
    const left = (childrenOf.get(parent) ?? 0) - 1;
    childrenOf.set(parent, left);
    // The list grows while it is walked.
    if (left === 0) ordered.push(parent);
  }
  return [...ordered, ...spans.filter((span) => (childrenOf.get(span) ?? 0) > 0)];
}

function put(into: Map<string, Tokens>, id: string, tokens: Tokens): void {
  if (id === '') return;
  into.set(id, tokens);
  if (into.size > MOST_REMEMBERED) for (const oldest of into.keys()) if (into.delete(oldest)) break;
}

function tokensOf(attributes: ReadonlyMap<string, string | number | boolean>): Tokens {
  return {
    input: amountOf(attributes.get('gen_ai.usage.input_tokens')),
    output: amountOf(attributes.get('gen_ai.usage.output_tokens')),
  };
}

function amountOf(value: string | number | boolean | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

function none(): Tokens {
  return { input: 0, output: 0 };
}

function isNone({ input, output }: Tokens): boolean {
  return input === 0 && output === 0;
}

function sum(one: Tokens, other: Tokens): Tokens {
  return { input: one.input + other.input, output: one.output + other.output };
}

/** What of the one goes beyond the other. */
function rest(one: Tokens, other: Tokens): Tokens {
  return { input: Math.max(0, one.input - other.input), output: Math.max(0, one.output - other.output) };
}
