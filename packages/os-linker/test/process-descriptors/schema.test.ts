import type {
  CapabilitiesMap,
  EnvironmentBinding,
  OSProcessDescriptor,
  OSProcessStatus,
  RuntimeContext,
} from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import {
  capabilitiesMapSchema,
  environmentBindingSchema,
  type LaunchPlan,
  type launchPlanSchema,
  parseProcessDescriptor,
  type processDescriptorSchema,
  runtimeContextSchema,
} from '../../src/index.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The specification's examples, letter for letter; `A | B` alternatives become one value each. */
const specDescriptor = (status: OSProcessStatus) => ({
  id: 'process-123',
  name: 'DreamNet LUCID Agent',
  type: 'agent',
  status,
  metadata: {
    version: '1.0.0',
    platform: 'nodejs',
  },
  capabilities: ['code', 'analysis'],
  runtimeContext: {
    environment: 'production',
    version: 'nodejs-20.x',
    env: {
      NODE_ENV: 'production',
    },
  },
});

test('types: the schemas and the contract types are the same, both ways', () => {
  const descriptor: Same<z.infer<typeof processDescriptorSchema>, OSProcessDescriptor> = true;
  const context: Same<z.infer<typeof runtimeContextSchema>, RuntimeContext> = true;
  const map: Same<z.infer<typeof capabilitiesMapSchema>, CapabilitiesMap> = true;
  const plan: Same<z.infer<typeof launchPlanSchema>, LaunchPlan> = true;
  const binding: z.infer<typeof environmentBindingSchema> extends EnvironmentBinding ? true : false = true;
  expect([descriptor, context, map, plan, binding]).toEqual([true, true, true, true, true]);
});

test.each(['running', 'stopped', 'error', 'pending'] as const)(
  'specification: its process descriptor validates as it stands with status %s',
  (status) => {
    const example = specDescriptor(status);
    expect(parseProcessDescriptor(example)).toEqual(example);
  },
);

test.each(['production', 'staging', 'development'])(
  'specification: its runtime context validates as it stands in %s',
  (environment) => {
    const example = { environment, version: 'nodejs-20.x', env: {}, metadata: {} };
    expect(runtimeContextSchema.parse(example)).toEqual(example);
  },
);

test.each([
  ['secrets', { OPENAI_API_KEY: { from: 'vault', key: 'openai' } }],
  ['files', { path: '/data', mode: 'ro' }],
  ['network', { access: 'allow-list', allow: ['api.example.org:443'] }],
])('specification: its environment binding validates with type %s', (type, config) => {
  const example = {
    id: 'binding-123',
    processId: 'process-123',
    environmentId: 'env-production',
    type,
    config,
  };
  expect(environmentBindingSchema.parse(example)).toEqual(example);
});

test('specification: its capabilities map validates as it stands', () => {
  const example = {
    mappings: {
      'code.generation': ['dreamnet-lucid', 'openai-assistant'],
      'data.analysis': ['dreamnet-wolf-pack', 'gemini-agent'],
    },
    metadata: {},
  };
  expect(capabilitiesMapSchema.parse(example)).toEqual(example);
});

const circle: Record<string, unknown> = {};
circle.self = circle;
const deep = JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`) as unknown;
const context = (more: object) => ({ environment: 'production', version: 'nodejs-20.x', env: {}, ...more });

test.each<[string, unknown, string]>([
  ['null', null, 'descriptor is not valid'],
  ['a string', 'process', 'expected object'],
  ['an array', [], 'expected object'],
  ['an unknown key', { ...specDescriptor('stopped'), pid: 1 }, 'Unrecognized key'],
  ['a missing name', { ...specDescriptor('stopped'), name: undefined }, 'name'],
  ['an unknown status', { ...specDescriptor('stopped'), status: 'zombie' }, 'status'],
  ['an id with a slash', { ...specDescriptor('stopped'), id: '../etc/passwd' }, 'id'],
  ['an id that is a dot', { ...specDescriptor('stopped'), id: '..' }, 'id'],
  ['an id with a line break', { ...specDescriptor('stopped'), id: 'a\n' }, 'id'],
  ['a name with a terminal escape', { ...specDescriptor('stopped'), name: 'a\u001b[2Jb' }, 'name'],
  ['a name with a direction override', { ...specDescriptor('stopped'), name: 'a\u202eb' }, 'name'],
  ['a name with a line separator', { ...specDescriptor('stopped'), name: 'a\u2028b' }, 'name'],
  ['an endless name', { ...specDescriptor('stopped'), name: 'a'.repeat(100_000) }, 'name'],
  ['a capability twice', { ...specDescriptor('stopped'), capabilities: ['a', 'a'] }, 'capabilities'],
  [
    'a capability with an empty part',
    { ...specDescriptor('stopped'), capabilities: ['a..b'] },
    'capabilities.0',
  ],
  ['a __proto__ key', JSON.parse('{"__proto__": {"isAdmin": true}}'), '__proto__'],
  [
    'a __proto__ key within',
    { ...specDescriptor('stopped'), metadata: JSON.parse('{"a":{"__proto__":1}}') },
    'metadata.a.__proto__',
  ],
  ['a circle', { ...specDescriptor('stopped'), metadata: circle }, 'circle'],
  ['depth', { ...specDescriptor('stopped'), metadata: deep }, 'nested deeper'],
  ['width', { ...specDescriptor('stopped'), metadata: { list: new Array(50_000).fill(0) } }, 'more than'],
  ['a function', { ...specDescriptor('stopped'), metadata: { toJSON: () => 1 } }, 'metadata.toJSON'],
  ['a class instance', { ...specDescriptor('stopped'), metadata: { when: new Map() } }, 'metadata.when'],
  ['not a number', { ...specDescriptor('stopped'), metadata: { n: Number.NaN } }, 'metadata.n'],
  [
    'a variable with an equals sign',
    { ...specDescriptor('stopped'), runtimeContext: context({ env: { 'A=B': '' } }) },
    'runtimeContext.env',
  ],
  [
    'a variable with a NUL',
    { ...specDescriptor('stopped'), runtimeContext: context({ env: { A: 'a\0' } }) },
    'runtimeContext.env.A',
  ],
  [
    'a variable that is a number',
    { ...specDescriptor('stopped'), runtimeContext: context({ env: { A: 1 } }) },
    'runtimeContext.env.A',
  ],
  [
    'a variable too long for exec',
    { ...specDescriptor('stopped'), runtimeContext: context({ env: { A: 'a'.repeat(131_072) } }) },
    'runtimeContext.env.A',
  ],
  [
    'a version that is none',
    { ...specDescriptor('stopped'), runtimeContext: context({ version: '20.x' }) },
    'runtimeContext.version',
  ],
])('hostile descriptor: %s is refused and says where', (_, input, where) => {
  expect(() => parseProcessDescriptor(input)).toThrow(
    expect.objectContaining({
      code: 'DN_LINKER_INVALID_DESCRIPTOR',
      message: expect.stringContaining(where),
    }),
  );
});

test('hostile descriptor: nothing reached a prototype, and messages stay printable and short', () => {
  const key = `\u001b[31m${'x'.repeat(5000)}`;
  const input = {
    ...specDescriptor('stopped'),
    [key]: 1,
    ...Object.fromEntries(new Array(50).fill(0).map((_, n) => [`k${n}`, n])),
  };
  const error = (() => {
    try {
      return parseProcessDescriptor(input);
    } catch (thrown) {
      return thrown;
    }
  })();
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toMatch(/\p{Cc}/u);
  expect(message.length).toBeLessThan(1500);
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
});

test('descriptor: what is parsed shares nothing with the input', () => {
  const input = specDescriptor('stopped');
  const parsed = parseProcessDescriptor(input);
  input.metadata.version = 'changed';
  input.capabilities.push('more');
  expect(parsed).toEqual(specDescriptor('stopped'));
});
