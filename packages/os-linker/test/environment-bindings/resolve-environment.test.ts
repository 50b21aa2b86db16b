import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ResolveInput, resolveEnvironment } from '../../src/environment-bindings/resolve-environment.js';
import {
  BASE_VARIABLES,
  type CheckedBinding,
  createRedactor,
  createVault,
  parseEnvironmentBinding,
  pickBaseEnvironment,
  type Vault,
} from '../../src/index.js';

let directory: string;
let vault: Vault;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-resolve-'));
  vault = createVault({ directory: join(directory, 'vault'), clock: createFakeClock() });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
const bound = (type: string, config: unknown, environmentId = 'env-production'): CheckedBinding => {
  count += 1;
  return parseEnvironmentBinding({ id: `binding-${count}`, processId: 'agent', environmentId, type, config });
};
const resolve = (bindings: readonly CheckedBinding[], more: Partial<ResolveInput> = {}) =>
  resolveEnvironment({
    context: { environment: 'production', version: 'nodejs-20.x', env: {} },
    bindings,
    isolation: 'none',
    base: {},
    sources: { vault, directory },
    ...more,
  });

test('base environment: nine named variables and nothing else', () => {
  const environment = {
    ...Object.fromEntries(BASE_VARIABLES.map((name) => [name, `of ${name}`])),
    AWS_SECRET: 'x',
  };
  expect(pickBaseEnvironment(environment)).toEqual(
    Object.fromEntries(BASE_VARIABLES.map((name) => [name, `of ${name}`])),
  );
  expect(pickBaseEnvironment({ PATH: undefined })).toEqual({});
});

test('environment: base, then platform, then context, then secrets; later ones win', async () => {
  await vault.set('a', 'from the vault');
  const base = { PATH: 'base', LEVEL: 'base', LANG: 'base', TZ: 'base' };
  const resolved = await resolve([bound('secrets', { TZ: { from: 'vault', key: 'a' } })], {
    base,
    platform: { LANG: 'platform', LEVEL: 'platform', TZ: 'platform' },
    context: { environment: 'production', version: 'x', env: { LEVEL: 'context', TZ: 'context' } },
  });
  expect(resolved.env).toEqual({
    PATH: 'base',
    LANG: 'platform',
    LEVEL: 'context',
    TZ: 'from the vault',
    DREAMNET_SECRETS: 'TZ',
  });
  expect(resolved.problems).toEqual([]);
});

test('environment: secrets come from the vault, a named variable of the daemon, or a file', async () => {
  await vault.set('openai', 'of the vault');
  writeFileSync(join(directory, 'token'), 'of the file\n');
  const resolved = await resolve(
    [
      bound('secrets', {
        A: { from: 'vault', key: 'openai' },
        B: { from: 'env', name: 'THEIRS' },
        C: { from: 'file', path: 'token' },
      }),
    ],
    {
      sources: {
        vault,
        directory,
        lookupVariable: (name) => (name === 'THEIRS' ? 'of the daemon' : undefined),
      },
    },
  );
  expect(resolved.env).toEqual({
    ...{ A: 'of the vault', B: 'of the daemon', C: 'of the file' },
    DREAMNET_SECRETS: 'A B C',
  });
  expect(resolved.secretVariables).toEqual(['A', 'B', 'C']);
});

test('environment: a file loses one line break at its end and nothing else', async () => {
  writeFileSync(join(directory, 'token'), ' two\nlines \r\n');
  const resolved = await resolve([bound('secrets', { A: { from: 'file', path: 'token' } })]);
  expect(resolved.env.A).toBe(' two\nlines ');
});

test('missing secret: a problem with expected, observed and what to type', async () => {
  const { problems, env } = await resolve([bound('secrets', { API_KEY: { from: 'vault', key: 'openai' } })]);
  expect(problems).toEqual([
    {
      key: 'secret:API_KEY',
      description: 'API_KEY needs a secret from vault key openai: not in the vault',
      expected: 'a value in vault key openai',
      observed: 'not in the vault',
      remedyHint: 'dreamnet bindings set openai < value',
    },
  ]);
  expect(env).toEqual({});
});

test('missing secrets: every source says what is missing, all at once', async () => {
  writeFileSync(join(directory, 'empty'), '\n');
  writeFileSync(join(directory, 'huge'), 'x'.repeat(70_000));
  mkdirSync(join(directory, 'folder'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  const config = {
    VARIABLE: { from: 'env', name: 'NOT_SET' },
    MISSING: { from: 'file', path: 'nowhere' },
    EMPTY: { from: 'file', path: 'empty' },
    HUGE: { from: 'file', path: 'huge' },
    FOLDER: { from: 'file', path: 'folder' },
    PIPE: { from: 'file', path: 'pipe' },
    DEVICE: { from: 'file', path: '/dev/zero' },
  };
  const { problems } = await resolve([bound('secrets', config)]);
  expect(Object.fromEntries(problems.map(({ key, observed }) => [key.slice(7), observed]))).toEqual({
    VARIABLE: 'not set',
    MISSING: 'ENOENT: no such file or directory',
    EMPTY: 'empty',
    HUGE: 'longer than 65536 bytes',
    FOLDER: 'not a regular file',
    PIPE: 'not a regular file',
    DEVICE: 'not a regular file',
  });
});

test('missing secret: a relative path without a directory to start from is a problem', async () => {
  const { problems } = await resolve(
    [bound('secrets', { A: { from: 'file', path: 'token' } }), bound('files', { path: 'data' })],
    { sources: { vault } },
  );
  expect(problems.map(({ observed }) => observed)).toEqual([
    'a relative path, and relative to nothing',
    'a relative path, and relative to nothing',
  ]);
});

test('damaged vault: a problem that says so, not a throw', async () => {
  await vault.set('a', 'value');
  rmSync(join(directory, 'vault', 'master.key'));
  const fresh = createVault({ directory: join(directory, 'vault'), clock: createFakeClock() });
  const { problems } = await resolve([bound('secrets', { A: { from: 'vault', key: 'a' } })], {
    sources: { vault: fresh },
  });
  expect(problems[0]?.observed).toContain('master key');
});

test('files: what is bound must be there and usable', async () => {
  mkdirSync(join(directory, 'data'));
  const { problems } = await resolve([
    bound('files', { path: 'data', mode: 'rw' }),
    bound('files', { path: '/does/not/exist' }),
    bound('files', { path: 'data' }),
  ]);
  expect(problems.map(({ key, observed }) => [key, observed])).toEqual([
    ['files:/does/not/exist', 'not there'],
  ]);
});

test('files: what cannot be written is not bound read-write', async (context) => {
  if (process.getuid?.() === 0) context.skip('root may write everywhere; run as another user to test this');
  writeFileSync(join(directory, 'fixed'), '', { mode: 0o400 });
  const { problems } = await resolve([bound('files', { path: 'fixed', mode: 'rw' })]);
  expect(problems.map(({ observed }) => observed)).toEqual(['not writable']);
});

test('not enforced: files and network are recorded and said so without a sandbox', async () => {
  const bindings = [
    bound('files', { path: '/tmp' }),
    bound('network', { access: 'none' }),
    bound('network', { access: 'allow-list', allow: ['example.org'] }),
    bound('network', { access: 'host' }),
  ];
  const because = 'recorded, not enforced: isolation is none, and only the sandbox can';
  expect((await resolve(bindings)).notEnforced).toEqual([
    `files /tmp (ro): ${because}`,
    `network none: ${because}`,
    `network allow-list of 1: ${because}`,
  ]);
  const asked = await resolve(bindings, { isolation: 'sandbox' });
  expect(asked.notEnforced[0]).toBe('isolation sandbox: asked for, not available here');
  expect(asked.notEnforced).toHaveLength(4);
  const had = await resolve(bindings, { isolation: 'sandbox', isolations: ['none', 'sandbox'] });
  expect(had.notEnforced).toEqual([]);
});

test('environments: a binding to another of the three does not count, to any other id it does', async () => {
  const lookupVariable = (name: string) => `value of ${name}`;
  const reference = (name: string) => ({ from: 'env', name });
  const { env } = await resolve(
    [
      bound('secrets', { A: reference('production') }),
      bound('secrets', { B: reference('staging') }, 'env-staging'),
      bound('secrets', { C: reference('cluster') }, 'cluster-7'),
    ],
    { sources: { vault, lookupVariable } },
  );
  expect(Object.keys(env)).toEqual(['A', 'C', 'DREAMNET_SECRETS']);
});

test('secrecy: neither printing nor serialising shows a value, and the redactor knows it', async () => {
  await vault.set('a', 'sk-secret-value');
  const redactor = createRedactor();
  const resolved = await resolve([bound('secrets', { A: { from: 'vault', key: 'a' } })], { redactor });
  expect(resolved.env.A).toBe('sk-secret-value');
  const shown = `${inspect(resolved, { depth: 9 })}${JSON.stringify(resolved)}${String(resolved)}`;
  expect(shown).not.toContain('sk-secret-value');
  expect(redactor.redact('sk-secret-value')).toBe('<secret>');
});

test.each(['variable', 'file'] as const)(
  'a secret that is no text is refused as %s, from a file and from a command',
  async (as) => {
    writeFileSync(join(directory, 'binary'), Buffer.from([0xff, 0xfe, 0x80, 0x61, 0x62, 0x63, 0x64]));
    const { problems, env } = await resolve([
      bound('secrets', {
        F: { from: 'file', path: 'binary', as },
        C: { from: 'command', command: ['printf', '\\377\\376abcd'], as },
      }),
    ]);
    const observed = 'not valid Unicode text: encode it, in base64 for example';
    expect(problems).toMatchObject([
      { key: 'secret:F', observed },
      { key: 'secret:C', observed },
    ]);
    expect(env).toEqual({});
  },
);
