import { expect, test } from 'vitest';
import { keyHint } from '../../src/config/key-hint.js';
import { fleetJsonSchema } from '../../src/config/schema.js';

const schema = fleetJsonSchema();

test.each([
  [['agents', 'a'], 'comand', "; did you mean 'command'?"],
  [['agents', 'a'], 'dependson', "; did you mean 'dependsOn'?"],
  [['agents', 'a', 'restart'], 'polciy', "; did you mean 'policy'?"],
  [[], 'agent', "; did you mean 'agents'?"],
  [['agents', 'a', 'bindings', 0, 'config', 'KEY'], 'kye', "; did you mean 'key'?"],
])('unknown key: at %j the key meant by %s is named', (path, key, hint) => {
  expect(keyHint(schema, path, key)).toBe(hint);
});

test('unknown key: where nothing is near, the keys of the map are listed', () => {
  expect(keyHint(schema, ['http'], 'banana')).toBe('; it takes host, port');
});

test('unknown key: a place the schema does not know gives no hint', () => {
  expect(keyHint(schema, ['nowhere', 'at', 'all'], 'x')).toBe('');
});
