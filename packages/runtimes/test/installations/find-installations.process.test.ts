import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LaunchSpec } from '@dreamnet/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNodeRuntime, createPythonRuntime } from '../../src/index.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dreamnet-installations-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** An interpreter below the home folder that answers `--version` with this line. */
function install(path: string, answer: string): string {
  const whole = join(home, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, `#!/bin/sh\necho "${answer}"\n`);
  chmodSync(whole, 0o755);
  return whole;
}

const specFor = (program: string, version: string, more: object = {}): LaunchSpec => ({
  processId: 'agent',
  protocol: 'none',
  config: { cwd: home, command: [program, 'x'], ...more },
  env: { PATH: join(home, 'bin') },
  version,
  supervision: {
    restart: {
      type: 'temporary',
      intensity: 1,
      periodMs: 1,
      backoff: { initialMs: 1, maxMs: 1, resetAfterMs: 1 },
      halfOpenAfterMs: 1,
    },
    stopDeadlineMs: 1,
  },
});

test('node: nvm, fnm, Volta, asdf and mise are looked into, each where its variable says', async () => {
  const own = install('own/node', 'v20.19.0');
  const managed = [
    install('moved-nvm/versions/node/v16.1.0/bin/node', 'v16.1.0'),
    install('.local/share/fnm/node-versions/v17.1.0/installation/bin/node', 'v17.1.0'),
    install('.volta/tools/image/node/18.1.0/bin/node', 'v18.1.0'),
    install('.asdf/installs/nodejs/19.1.0/bin/node', 'v19.1.0'),
    install('.local/share/mise/installs/node/21.1.0/bin/node', 'v21.1.0'),
  ];
  const inPath = install('bin/node', 'v22.1.0');
  const runtime = createNodeRuntime({
    execPath: own,
    searchPath: join(home, 'bin'),
    managers: { HOME: home, NVM_DIR: join(home, 'moved-nvm') },
  });
  const versions = [16, 17, 18, 19, 21];
  for (const [index, path] of managed.entries()) {
    const spec = specFor('node', `nodejs-${versions[index]}.x`);
    expect((await runtime.localSpec?.(spec))?.command[0]).toBe(path);
    expect((await runtime.explainChoice?.(spec))?.chosen?.path).toBe(path);
  }
  expect((await runtime.localSpec?.(specFor('node', 'nodejs-22.x')))?.command[0]).toBe(inPath);
  expect((await runtime.localSpec?.(specFor('node', 'nodejs')))?.command[0]).toBe(own);
  expect(await runtime.explainChoice?.(specFor('sh', 'nodejs'))).toBeNull();
});

test('node: one that is found twice, by a link, counts once', async () => {
  const own = install('own/node', 'v20.19.0');
  mkdirSync(join(home, 'bin'));
  symlinkSync(own, join(home, 'bin/node'));
  const runtime = createNodeRuntime({ execPath: own, searchPath: join(home, 'bin') });
  expect(await runtime.versions?.()).toEqual(['nodejs-20.19.0']);
});

test('node: an installation replaced in place is asked again', async () => {
  const own = install('own/node', 'v20.19.0');
  const runtime = createNodeRuntime({ execPath: own });
  expect(await runtime.versions?.()).toEqual(['nodejs-20.19.0']);
  rmSync(own);
  install('own/node', 'v20.20.22');
  expect(await runtime.versions?.()).toEqual(['nodejs-20.20.22']);
});

test('python: the search path by version, pyenv, and what python3 means first', async () => {
  install('bin/python3', 'Python 3.11.2');
  const newer = install('bin/python3.13', 'Python 3.13.1');
  const managed = install('.pyenv/versions/3.9.9/bin/python3', 'Python 3.9.9');
  const runtime = createPythonRuntime({ searchPath: '/nowhere', managers: { HOME: home } });
  const chosen = async (version: string) =>
    (await runtime.localSpec?.(specFor('python3', version)))?.command[0];
  expect(await chosen('python')).toBe(join(home, 'bin/python3'));
  expect(await chosen('python-3.13')).toBe(newer);
  expect(await chosen('python-3.9')).toBe(managed);
});

test('python: a virtual environment that it ran in and that is gone is not replaced by another Python', async () => {
  const other = install('bin/python3', 'Python 3.13.1');
  const runtime = createPythonRuntime({ searchPath: '/nowhere' });
  const environment = join(home, '.venv');
  const spec = { ...specFor('python3', 'python'), environment };
  expect((await runtime.localSpec?.(spec))?.command[0]).toBe(join(environment, 'bin/python3'));
  expect(await runtime.environmentOf?.(spec)).toEqual({ path: environment, isThere: false });
  expect(await runtime.explainChoice?.(spec)).toMatchObject({
    chosen: null,
    because: expect.stringContaining(`${environment}, in which it ran, is gone`),
  });
  const ofVenv = install('.venv/bin/python3', 'Python 3.11.2');
  expect((await runtime.localSpec?.(spec))?.command[0]).toBe(ofVenv);
  expect(await runtime.environmentOf?.(spec)).toEqual({ path: environment, isThere: true });
  rmSync(environment, { recursive: true });
  // What the file names counts, and so does another folder, whose environment it never was.
  for (const config of [
    { ...spec.config, python: other },
    { ...spec.config, cwd: join(home, 'bin') },
  ]) {
    expect((await runtime.localSpec?.({ ...spec, config }))?.command[0]).toBe(other);
    expect(await runtime.environmentOf?.({ ...spec, config })).toBeNull();
  }
});

test('python: a virtual environment that was found for a launch is not looked for a second time', async () => {
  install('.venv/bin/python3', 'Python 3.11.2');
  const found = install('venv/bin/python3', 'Python 3.11.2');
  const runtime = createPythonRuntime({ searchPath: '/nowhere' });
  const spec = { ...specFor('python3', 'python'), found: { path: join(home, 'venv'), isThere: true } };
  expect((await runtime.localSpec?.(spec))?.command[0]).toBe(found);
  const other = install('bin/python3', 'Python 3.11.2');
  expect((await runtime.localSpec?.({ ...spec, found: null }))?.command[0]).toBe(other);
});

/** A version manager's script, in the search path unless it is said: it tells its version and asks something else for all the rest. */
function shim(name: string, version: string, leadsTo: string, folder = 'bin'): string {
  const path = install(`${folder}/${name}`, version);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && echo "${version}" || echo "${leadsTo}"\n`);
  return path;
}

const SANDBOX = { level: 'sandbox', isRequired: false, paths: [], network: { access: 'none' } } as const;

for (const { name, kind, version, create } of [
  { name: 'python3', kind: 'python', version: 'Python 3.11.2', create: createPythonRuntime },
  {
    name: 'node',
    kind: 'nodejs-22.x',
    version: 'v22.1.0',
    create: ({ searchPath }: { searchPath: string }) =>
      createNodeRuntime({ execPath: join(home, 'none'), searchPath }),
  },
]) {
  test(`${name}: a sandbox is given the program that a script of a version manager leads to`, async () => {
    const real = join(home, 'versions/real');
    mkdirSync(dirname(real));
    symlinkSync('/bin/true', real);
    const script = shim(name, version, real);
    const runtime = create({ searchPath: join(home, 'bin') });
    const spec = specFor(name, kind);
    expect((await runtime.localSpec?.(spec))?.command[0]).toBe(script);
    const kept = { ...spec, isolation: SANDBOX };
    expect((await runtime.localSpec?.(kept))?.command[0]).toBe(real);
    expect(await runtime.explainChoice?.(kept)).toMatchObject({
      chosen: { path: real },
      because: expect.stringContaining(`${script} is a script that leads there`),
    });
  });

  test(`${name}: a sandbox is given what a version manager's script leads to that the file names; another script is meant as it is`, async () => {
    const real = join(home, 'versions/real');
    mkdirSync(dirname(real));
    symlinkSync('/bin/true', real);
    const runtime = create({ searchPath: '/nowhere' });
    const programOf = async (interpreter: string, isolation?: typeof SANDBOX) => {
      const spec = specFor(name, kind, { [name.replace('3', '')]: interpreter });
      return (await runtime.localSpec?.({ ...spec, ...(isolation && { isolation }) }))?.command[0];
    };
    const named = shim(name, version, real, '.pyenv/shims');
    expect(await programOf(named)).toBe(named);
    expect(await programOf(named, SANDBOX)).toBe(real);
    const own = shim(name, version, real, 'tools');
    expect(await programOf(own, SANDBOX)).toBe(own);
  });

  test(`${name}: a script that does not tell where it leads is refused in a sandbox, with what to write instead`, async () => {
    const script = shim(name, version, 'nowhere');
    const runtime = create({ searchPath: join(home, 'bin') });
    const kept = { ...specFor(name, kind), isolation: SANDBOX };
    await expect(runtime.localSpec?.(kept)).rejects.toMatchObject({
      code: 'DN_RUNTIMES_SCRIPT_IN_SANDBOX',
      message: expect.stringMatching(`${script}.*interpreter`),
    });
    expect(await runtime.explainChoice?.(kept)).toMatchObject({
      chosen: null,
      because: expect.stringContaining(script),
    });
  });
}

test('python: a virtual environment next to the agent is the only candidate, even when another would fit', async () => {
  install('bin/python3', 'Python 3.13.1');
  const ofVenv = install('.venv/bin/python3', 'Python 3.11.2');
  const runtime = createPythonRuntime({ searchPath: '/nowhere' });
  const spec = specFor('python3', 'python-3.11');
  expect((await runtime.localSpec?.(spec))?.command[0]).toBe(ofVenv);
  expect(await runtime.explainChoice?.(spec)).toMatchObject({
    chosen: {
      path: ofVenv,
      version: 'python-3.11.2',
      foundBy: 'virtual environment .venv next to the agent',
    },
    because: 'the only one that is python-3.11',
  });
  await expect(runtime.localSpec?.(specFor('python3', 'python-3.13'))).rejects.toMatchObject({
    code: 'DN_RUNTIMES_VERSION_NOT_FOUND',
    message: expect.stringContaining('python-3.11.2'),
  });
});
