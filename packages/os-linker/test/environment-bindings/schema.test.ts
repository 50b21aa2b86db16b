import { expect, test } from 'vitest';
import { parseEnvironmentBinding } from '../../src/index.js';

const binding = (type: string, config: unknown) => ({
  id: 'binding-1',
  processId: 'process-1',
  environmentId: 'env-production',
  type,
  config,
});

test.each<[string, unknown]>([
  ['secrets', {}],
  [
    'secrets',
    { A: { from: 'vault', key: 'a' }, B: { from: 'env', name: 'B' }, C: { from: 'file', path: '/c' } },
  ],
  ['files', { path: './data' }],
  ['files', { path: '/data', mode: 'rw' }],
  ['network', { access: 'none' }],
  ['network', { access: 'host' }],
  ['network', { access: 'allow-list', allow: [] }],
  [
    'network',
    { access: 'allow-list', allow: ['api.example.org', '*.example.org:443', '127.0.0.1', '[::1]:80'] },
  ],
])('binding of type %s: %j is taken', (type, config) => {
  expect(parseEnvironmentBinding(binding(type, config))).toEqual(binding(type, config));
});

test.each<[string, unknown, string]>([
  ['secrets', { API_KEY: 'sk-plain-value' }, 'config.API_KEY'],
  ['secrets', { API_KEY: { from: 'vault' } }, 'config.API_KEY.key'],
  ['secrets', { API_KEY: { from: 'vault', key: 'a', value: 'sk-plain-value' } }, 'config.API_KEY'],
  ['secrets', { API_KEY: { from: 'sk-plain-value', key: 'a' } }, 'config.API_KEY.from'],
  ['secrets', { API_KEY: { from: 'vault', key: '../../etc' } }, 'config.API_KEY.key'],
  ['secrets', { 'API-KEY': { from: 'vault', key: 'a' } }, 'config.API-KEY'],
  ['secrets', JSON.parse('{"__proto__": {"from": "vault", "key": "a"}}'), 'config.__proto__'],
  // An empty config binds no secret; which file, or what of the network, it does not say.
  ['files', {}, 'config.path'],
  ['network', {}, 'config.access'],
  ['files', { path: '' }, 'config.path'],
  ['files', { path: '/a\0b' }, 'config.path'],
  ['files', { path: '/a', mode: 'rwx' }, 'config.mode'],
  ['files', { access: 'host' }, 'config.path'],
  ['network', { access: 'allow-list' }, 'config.allow'],
  ['network', { access: 'allow-list', allow: ['http://x/y'] }, 'config.allow.0'],
  ['network', { access: 'internet' }, 'config.access'],
  ['network', { access: 'none', allow: ['x'] }, 'config'],
  ['gpu', {}, 'type'],
])('hostile binding of type %s: %j is refused at %s, without its values', (type, config, where) => {
  const parse = () => parseEnvironmentBinding(binding(type, config));
  expect(parse).toThrow(
    expect.objectContaining({ code: 'DN_LINKER_INVALID_BINDING', message: expect.stringContaining(where) }),
  );
  expect(parse).not.toThrow(/sk-plain-value/);
});
