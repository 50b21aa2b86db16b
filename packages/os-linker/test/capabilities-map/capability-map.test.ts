import { expect, test } from 'vitest';
import { createCapabilityMap } from '../../src/index.js';

test('capability map: providers keep the order they were mapped in, each once', () => {
  const map = createCapabilityMap();
  expect([map.map('code.generation', 'lucid'), map.map('code.generation', 'openai')]).toEqual([true, true]);
  expect(map.map('code.generation', 'lucid')).toBe(false);
  expect(map.lookup('code.generation')).toEqual({
    matched: 'code.generation',
    providers: ['lucid', 'openai'],
  });
});

test('capability map: the exact name wins, then the longest dotted prefix, then nobody', () => {
  const map = createCapabilityMap();
  map.map('code', 'any');
  map.map('code.generation', 'generator');
  map.map('code.generation.python', 'snake');
  expect(map.lookup('code.generation.python').providers).toEqual(['snake']);
  expect(map.lookup('code.generation.rust.async').matched).toBe('code.generation');
  expect(map.lookup('code.review').providers).toEqual(['any']);
  expect(map.lookup('codex')).toEqual({ matched: null, providers: [] });
});

test('capability map: the last provider to go takes the name with it', () => {
  const map = createCapabilityMap();
  map.map('code.generation', 'generator');
  map.map('code', 'any');
  expect(map.unmap('code.generation', 'stranger')).toBe(false);
  expect(map.unmap('code.generation', 'generator')).toBe(true);
  expect(map.lookup('code.generation').providers).toEqual(['any']);
  expect(map.toMap()).toEqual({ mappings: { code: ['any'] } });
});

test('capability map: the specification’s shape is a copy', () => {
  const map = createCapabilityMap();
  map.map('data.analysis', 'wolf-pack');
  map.map('code.generation', 'lucid');
  const copy = map.toMap({ owner: 'dreamnet' });
  expect(copy).toEqual({
    mappings: { 'code.generation': ['lucid'], 'data.analysis': ['wolf-pack'] },
    metadata: { owner: 'dreamnet' },
  });
  expect(Object.keys(copy.mappings)).toEqual(['code.generation', 'data.analysis']);
  copy.mappings['code.generation']?.push('intruder');
  expect(map.providersOf('code.generation')).toEqual(['lucid']);
});

test('capability map: names of object members are names like any other', () => {
  const map = createCapabilityMap();
  expect(map.lookup('constructor').providers).toEqual([]);
  map.map('constructor', 'builder');
  expect(map.lookup('constructor.call').providers).toEqual(['builder']);
  expect(Object.hasOwn(map.toMap().mappings, 'constructor')).toBe(true);
});

test.each(['', '.', 'a.', '.a', 'a..b', 'a b', '__proto__', 'a\n', 'é', 'x'.repeat(201), '*'])(
  'capability map: %j is no capability',
  (name) => {
    const map = createCapabilityMap();
    const refused = expect.objectContaining({ code: 'DN_LINKER_INVALID_CAPABILITY' });
    expect(() => map.map(name, 'p')).toThrow(refused);
    expect(() => map.lookup(name)).toThrow(refused);
  },
);

test.each(['', ' ', 'a b', '-a', 'a\u0000', '../x y'])('capability map: %j is no provider', (provider) => {
  expect(() => createCapabilityMap().map('code', provider)).toThrow(
    expect.objectContaining({ code: 'DN_LINKER_INVALID_CAPABILITY' }),
  );
});

test('capability map: 10 000 capabilities are looked up without a scan', () => {
  const map = createCapabilityMap();
  for (let number = 0; number < 10_000; number += 1) map.map(`area${number}.skill`, `agent-${number}`);
  for (let number = 0; number < 10_000; number += 1)
    expect(map.lookup(`area${number}.skill.deep`).providers).toEqual([`agent-${number}`]);
});
