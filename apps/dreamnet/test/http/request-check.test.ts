import { DreamnetError } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkRequest } from '../../src/http/request-check.js';

type Check = (value: unknown) => { value: unknown } | { error: Error };

function compile(schema: unknown, httpPart = 'body'): Check {
  return checkRequest({ schema, method: 'POST', url: '/', httpPart }) as unknown as Check;
}

function problemOf(verdict: ReturnType<Check>): unknown {
  if (!('error' in verdict)) return undefined;
  const { code, details } = DreamnetError.from(verdict.error);
  return { code, ...details };
}

const body = compile(z.strictObject({ name: z.string(), count: z.int().default(3) }));

test('request check: a body that fits is handed on as it was sent', () => {
  const sent = { name: 'a' };
  const verdict = body(sent);
  expect('value' in verdict && verdict.value).toBe(sent);
});

test('request check: a body is not made to fit', () => {
  expect(problemOf(body({ name: 1 }))).toMatchObject({ code: 'DN_API_BAD_INPUT', where: 'body.name' });
  expect(problemOf(body({ name: 'a', count: '1' }))).toMatchObject({ where: 'body.count' });
  expect(problemOf(body({ name: 'a', more: 1 }))).toMatchObject({ where: 'body' });
  expect(problemOf(body(null))).toMatchObject({ where: 'body' });
});

test('request check: a body that nests deeper than can be written again is refused before it is handed on', () => {
  const call = compile(z.strictObject({ input: z.unknown() }));
  const lists = (levels: number) => ({ input: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) });
  expect(problemOf(call(lists(499)))).toBe(undefined);
  expect(problemOf(call(lists(200_000)))).toEqual({
    code: 'DN_API_BAD_INPUT',
    where: 'body',
    why: 'it nests deeper than 500 levels',
  });
});

const query = compile(
  {
    type: 'object',
    properties: { from: { type: 'string' }, to: { type: 'string' } },
    additionalProperties: false,
  },
  'querystring',
);

test('request check: a parameter that is not known, or is there twice, is named', () => {
  expect(query({ from: '1' })).toEqual({ value: { from: '1' } });
  expect(problemOf(query({ form: '1' }))).toMatchObject({
    code: 'DN_API_BAD_INPUT',
    where: 'querystring',
    why: "'form' is not known here; known are from, to",
  });
  expect(problemOf(query({ from: ['1', '2'] }))).toMatchObject({ why: "'from' is given more than once" });
  expect(problemOf(query({ toString: '1' }))).toMatchObject({ where: 'querystring' });
});
