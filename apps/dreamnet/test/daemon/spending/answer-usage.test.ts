import { expect, test } from 'vitest';
import { readUsage } from '../../../src/daemon/spending/answer-usage.js';

test.each([
  [{ input_tokens: 7, output_tokens: 3 }, { tokens: 10 }],
  [{ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }, { tokens: 10 }],
  [{ inputTokens: 7, outputTokens: 3, totalTokens: 12 }, { tokens: 12 }],
  [{ total_tokens: 4, prompt_tokens: 7 }, { tokens: 7 }],
  [{ output_tokens: 3 }, { tokens: 3 }],
  [{ input_tokens: 0, output_tokens: 0 }, { tokens: 0 }],
  [
    { input_tokens: 7, total_cost_usd: 0.0123 },
    { tokens: 7, money: '0.012300000 USD' },
  ],
  [{ money: '0.02 EUR' }, { money: '0.02 EUR' }],
])('usage: %j says %j', (usage, spending) => {
  expect(readUsage({ text: 'x', usage })).toEqual(spending);
});

test.each([
  undefined,
  null,
  'text',
  [],
  {},
  { usage: null },
  { usage: 'much' },
  { usage: { input_tokens: -5 } },
  { usage: { input_tokens: '7' } },
  { usage: { total_tokens: Number.NaN, other: 1 } },
])('usage: %j says nothing, so that what was reserved counts', (answer) => {
  expect(readUsage(answer)).toEqual({});
});

test('usage: what stands beside an answer goes before what stands in it', () => {
  expect(readUsage({ usage: { total_tokens: 1 } }, { usage: { total_tokens: 2 } })).toEqual({ tokens: 1 });
  expect(readUsage(undefined, { usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 3 } })).toEqual({
    tokens: 5,
  });
});

test('usage: of an A2A agent built with the Agent Development Kit it is in its own words', () => {
  const metadata = {
    adk_usage_metadata: { promptTokenCount: 7, candidatesTokenCount: 5, totalTokenCount: 12 },
  };
  expect(readUsage(metadata)).toEqual({ tokens: 12 });
});
