import { expect, test } from 'vitest';
import { createCustomRuntime, createNodeRuntime, createRuntimeRegistry } from '../src/index.js';

const node = () => createNodeRuntime({ execPath: '/usr/bin/node' });

test('runtime registry: a kind leads to its runtime', () => {
  const custom = createCustomRuntime();
  const registry = createRuntimeRegistry([node(), custom]);
  expect(registry.get('custom')).toBe(custom);
  expect(registry.kinds()).toEqual(['custom', 'node']);
});

test.each(['docker', '__proto__', 'toString', '', 'a\u001b[31m'])(
  'runtime registry: unknown kind %j is a coded error that lists the known ones',
  (kind) => {
    const registry = createRuntimeRegistry([createCustomRuntime(), node()]);
    expect(() => registry.get(kind)).toThrow(
      expect.objectContaining({
        code: 'DN_RUNTIMES_UNKNOWN_KIND',
        message: `There is no runtime ${JSON.stringify(kind)}; known are custom, node`,
      }),
    );
  },
);

test('runtime registry: a kind can be there once', () => {
  expect(() => createRuntimeRegistry([node(), node()])).toThrow(
    expect.objectContaining({ code: 'DN_RUNTIMES_DUPLICATE_KIND' }),
  );
});
