import type { Spending } from '@dreamnet/contracts';

/** Where answers of models and agents say what they used, in the words of the usual interfaces. */
const TOTAL_NAMES = ['total_tokens', 'totalTokens', 'totalTokenCount'];
const INPUT_NAMES = [
  'input_tokens',
  'prompt_tokens',
  'inputTokens',
  'promptTokens',
  'promptTokenCount',
  'gen_ai.usage.input_tokens',
];
const OUTPUT_NAMES = [
  'output_tokens',
  'completion_tokens',
  'outputTokens',
  'completionTokens',
  'candidatesTokenCount',
  'gen_ai.usage.output_tokens',
];
const USD_NAMES = ['total_cost_usd', 'cost_usd'];
/** @source Agent Development Kit, A2A events: its model's usage is in the metadata under its own prefix */
const USAGE_NAMES = ['usage', 'usageMetadata', 'adk_usage_metadata'];

/**
 * What an answer says it used: `usage` of the answer, of the result of an MCP tool, or of the metadata of an A2A task or message.
 *
 * @returns Nothing where it says nothing: then what was reserved counts.
 */
export function readUsage(...answers: readonly unknown[]): Spending {
  for (const answer of answers)
    for (const name of USAGE_NAMES) {
      const found = isRecord(answer) ? readFigures(answer[name]) : undefined;
      if (found) return found;
    }
  return {};
}

function readFigures(value: unknown): Spending | undefined {
  if (!isRecord(value)) return undefined;
  const total = firstAmount(value, TOTAL_NAMES);
  const input = firstAmount(value, INPUT_NAMES);
  const output = firstAmount(value, OUTPUT_NAMES);
  const sum = input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
  // Some totals leave out what was read from a cache, some parts do: the larger one is nearer to the bill.
  const tokens = total === undefined ? sum : Math.max(total, sum ?? 0);
  const usd = firstAmount(value, USD_NAMES);
  const money = typeof value.money === 'string' ? value.money : usd && `${usd.toFixed(9)} USD`;
  if (tokens === undefined && !money) return undefined;
  return { ...(tokens !== undefined && { tokens }), ...(money && { money }) };
}

function firstAmount(value: Readonly<Record<string, unknown>>, names: readonly string[]): number | undefined {
  for (const name of names) {
    const amount = value[name];
    if (typeof amount === 'number' && amount >= 0 && amount <= Number.MAX_SAFE_INTEGER) return amount;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
