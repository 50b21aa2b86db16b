import { expect, test } from 'vitest';
import { readToolResult, toolOutput } from '../../src/mcp/tool-output.js';

test('tool result: what the server says beside it is kept, and anything else in its place is not', () => {
  const content = [{ type: 'text', text: 'done' }];
  const meta = { usage: { total_tokens: 12 } };
  expect(readToolResult({ content, _meta: meta })).toEqual({ content, meta, isError: false });
  for (const wrong of [null, 'much', [meta]])
    expect(readToolResult({ content, _meta: wrong })).toEqual({ content, isError: false });
});

const outputOf = (...texts: string[]) =>
  toolOutput({ content: texts.map((text) => ({ type: 'text', text })), isError: false });

test('tool output: a text is the exact text, also one that reads like a number, a word of JSON or a string', () => {
  const texts = [
    '3.10',
    '12345678901234567890',
    '1e999',
    ' 1 ',
    'true',
    'null',
    '"quoted"',
    '-0',
    '',
    '{"half":',
  ];
  for (const text of texts) expect(outputOf(text)).toBe(text);
  expect(outputOf('1', '2')).toBe('1\n2');
});

test('tool output: an object or array in a text is parsed when every number in it comes through', () => {
  const survive = [
    '{"a":1,"b":[0.1,-2.50,1e3,1E-7,0,0.0,-0]}',
    '[9007199254740991,0.30000000000000004,5e-324,1.7976931348623157e308]',
    ' { "digits in a text": "12345678901234567890 \\" 1e999", "12345678901234567891": [] } ',
    // As a program in C writes a double, with 17 digits.
    '[0.10000000000000001,100000000000000000000]',
  ];
  for (const text of survive) expect(outputOf(text)).toEqual(JSON.parse(text));
  const lossy = [
    '12345678901234567890',
    '9007199254740993',
    '100000000000000.01',
    '1e999',
    '1e-400',
    '0.1234567890123456789',
  ];
  for (const number of [...lossy, `1${'0'.repeat(500)}`, `0.${'3'.repeat(120)}`])
    for (const text of [`[${number}]`, `{"a":"\\\\","b":{"c":[1,-${number}]}}`])
      expect(outputOf(text)).toBe(text);
});

test('tool output: a text that nests deeper than a program can write again stays the text it is', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(outputOf(nested(500))).toEqual(JSON.parse(nested(500)));
  for (const text of [nested(501), nested(200_000)]) expect(outputOf(text)).toBe(text);
});

test('tool output: structured content goes before text, and is left as it is', () => {
  const content = [{ type: 'text', text: '{"a":2}' }];
  for (const structuredContent of [{ a: 1 }, null, 3.1, 'text'])
    expect(toolOutput({ content, structuredContent, isError: false })).toEqual(structuredContent);
});
