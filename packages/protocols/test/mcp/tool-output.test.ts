import { expect, test } from 'vitest';
import { readToolResult } from '../../src/mcp/tool-output.js';

test('tool result: what the server says beside it is kept, and anything else in its place is not', () => {
  const content = [{ type: 'text', text: 'done' }];
  const meta = { usage: { total_tokens: 12 } };
  expect(readToolResult({ content, _meta: meta })).toEqual({ content, meta, isError: false });
  for (const wrong of [null, 'much', [meta]])
    expect(readToolResult({ content, _meta: wrong })).toEqual({ content, isError: false });
});
