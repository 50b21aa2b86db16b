import { expect, test } from 'vitest';
import { createBindingBook } from '../../src/environment-bindings/binding-book.js';
import { parseEnvironmentBinding } from '../../src/index.js';

const secrets = (id: string, variable: string, environmentId = 'env-production', processId = 'agent') =>
  parseEnvironmentBinding({
    id,
    processId,
    environmentId,
    type: 'secrets',
    config: { [variable]: { from: 'vault', key: `key-of-${variable}` } },
  });

test('bindings: found by id, by process and by type, in the order they were bound', () => {
  const book = createBindingBook();
  const files = parseEnvironmentBinding({
    id: 'c',
    processId: 'agent',
    environmentId: 'e',
    type: 'files',
    config: { path: '/' },
  });
  for (const binding of [secrets('a', 'A'), secrets('b', 'A', 'env-production', 'other'), files])
    book.put(binding);
  expect(book.list({ processId: 'agent' }).map((one) => one.id)).toEqual(['a', 'c']);
  expect(book.list({ type: 'secrets' }).map((one) => one.id)).toEqual(['a', 'b']);
  expect(book.get('b')?.processId).toBe('other');
});

test('bindings: one variable has one source, unless in different environments', () => {
  const book = createBindingBook();
  book.put(secrets('a', 'A'));
  expect(() => book.put(secrets('b', 'A'))).toThrow(
    expect.objectContaining({
      code: 'DN_LINKER_BINDING_CONFLICT',
      details: { variable: 'A', processId: 'agent', bindingId: 'a' },
    }),
  );
  expect(() => book.put(secrets('c', 'A', 'anywhere'))).toThrow();
  book.put(secrets('d', 'A', 'env-staging'));
  book.put(secrets('a', 'A'));
  expect(book.list().map((one) => one.id)).toEqual(['d', 'a']);
});

test('bindings: a replacement may move to another process, and a refused one changes nothing', () => {
  const book = createBindingBook();
  book.put(secrets('a', 'A'));
  book.put(secrets('b', 'B'));
  expect(() => book.put(secrets('b', 'A'))).toThrow();
  expect(book.get('b')).toEqual(secrets('b', 'B'));
  book.put(secrets('a', 'A', 'env-production', 'other'));
  expect(book.list({ processId: 'agent' }).map((one) => one.id)).toEqual(['b']);
});

test('bindings: who uses a vault key', () => {
  const book = createBindingBook();
  book.put(secrets('a', 'A', 'env-production', 'one'));
  book.put(secrets('b', 'A', 'env-staging', 'one'));
  book.put(secrets('c', 'A', 'env-production', 'two'));
  book.put(secrets('d', 'B', 'env-production', 'three'));
  expect(book.usersOf('key-of-A')).toEqual([
    { processId: 'one', reactions: ['restart'] },
    { processId: 'two', reactions: ['restart'] },
  ]);
});

test('bindings: 10 000 are kept and found by process without a scan', () => {
  const book = createBindingBook();
  for (let number = 0; number < 10_000; number += 1)
    book.put(secrets(`b${number}`, 'A', 'env-production', `agent-${number}`));
  for (let number = 0; number < 10_000; number += 1)
    expect(book.list({ processId: `agent-${number}` })[0]?.id).toBe(`b${number}`);
  for (let number = 0; number < 10_000; number += 1) book.remove(`b${number}`);
  expect(book.list()).toEqual([]);
});
