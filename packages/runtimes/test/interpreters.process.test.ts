import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchSpec } from '@dreamnet/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCustomRuntime, createNodeRuntime, createPythonRuntime } from '../src/index.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-interpreters-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const searchPath = process.env.PATH ?? '/bin:/usr/bin';
const specFor = (config: Record<string, unknown>, version?: string): LaunchSpec => ({
  processId: 'agent',
  protocol: 'none',
  config: { cwd: '/', ...config },
  env: { PATH: searchPath },
  ...(version !== undefined && { version }),
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

/** A program that answers `--version` with this line and counts how often it was asked. */
function writeInterpreter(name: string, answer: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\necho asked >> ${directory}/asked\necho "${answer}"\n`);
  chmodSync(path, 0o755);
  return path;
}

test('node versions: the daemon’s own Node tells its version', async () => {
  const runtime = createNodeRuntime({ execPath: process.execPath });
  expect(await runtime.versions?.()).toEqual([`nodejs-${process.versions.node}`]);
});

test('node command: `node` is the daemon’s own Node, other programs stay', async () => {
  const runtime = createNodeRuntime({ execPath: process.execPath });
  expect((await runtime.localSpec?.(specFor({ command: ['node', 'x.mjs'] })))?.command).toEqual([
    process.execPath,
    'x.mjs',
  ]);
  expect((await runtime.localSpec?.(specFor({ command: ['sh'] })))?.command).toEqual(['sh']);
});

test('node command: the first installation that is what the context asks for is used', async () => {
  const other = writeInterpreter('node22', 'v22.23.3');
  const runtime = createNodeRuntime({ execPath: process.execPath, installations: [other] });
  expect(await runtime.versions?.()).toEqual([`nodejs-${process.versions.node}`, 'nodejs-22.23.3']);
  const own = Number(process.versions.node.split('.')[0]);
  const command = ['node', 'x.mjs'];
  const chosen = async (version: string) =>
    (await runtime.localSpec?.(specFor({ command }, version)))?.command[0];
  expect(await chosen(`nodejs-${own}.x`)).toBe(process.execPath);
  expect(await chosen('nodejs-22.23.x')).toBe(own === 22 ? expect.any(String) : other);
  await expect(chosen('nodejs-18.x')).rejects.toMatchObject({
    code: 'DN_RUNTIMES_VERSION_NOT_FOUND',
    message: expect.stringContaining('nodejs-22.23.3'),
  });
});

test('node command: a configured Node is the only candidate', async () => {
  const other = writeInterpreter('node', 'v22.23.3');
  const runtime = createNodeRuntime({ execPath: process.execPath });
  const config = { command: ['node', 'x.mjs'], node: other };
  expect(await runtime.versions?.({ cwd: '/', ...config })).toEqual(['nodejs-22.23.3']);
  expect((await runtime.localSpec?.(specFor(config)))?.command[0]).toBe(other);
  await expect(runtime.localSpec?.(specFor(config, 'nodejs-20.x'))).rejects.toMatchObject({
    code: 'DN_RUNTIMES_VERSION_NOT_FOUND',
  });
});

test('versions: a program is asked once, one that does not answer tells nothing', async () => {
  const good = writeInterpreter('good', 'v1.2.3');
  const bad = writeInterpreter('bad', 'what?');
  const runtime = createNodeRuntime({ execPath: good, installations: [bad, join(directory, 'missing')] });
  expect(await runtime.versions?.()).toEqual(['nodejs-1.2.3']);
  await runtime.versions?.();
  const asked = execFileSync('cat', [join(directory, 'asked')], { encoding: 'utf8' });
  // Once the good one, twice the bad one: a failure is not remembered.
  expect(asked.trim().split('\n')).toHaveLength(3);
});

test('python versions: the interpreter of the search path tells its version', async () => {
  const expected = execFileSync('python3', ['--version'], { encoding: 'utf8' })
    .trim()
    .replace('Python ', 'python-');
  // Others of the search path, such as python3.13, come after what `python3` means.
  expect((await createPythonRuntime({ searchPath }).versions?.())?.[0]).toBe(expected);
  expect(await createPythonRuntime({ searchPath: directory }).versions?.()).toEqual([]);
});

test('python command: an explicit interpreter, a virtual environment, else the search path', async () => {
  const explicit = writeInterpreter('snake', 'Python 3.9.1');
  mkdirSync(join(directory, 'venv', 'bin'), { recursive: true });
  const ofVenv = join(directory, 'venv', 'bin', 'python3');
  symlinkSync(explicit, ofVenv);
  const runtime = createPythonRuntime({ searchPath });
  const command = ['python3', 'x.py'];
  const chosen = async (config: Record<string, unknown>, version?: string) =>
    (await runtime.localSpec?.(specFor({ command, ...config }, version)))?.command[0];
  expect(await chosen({ python: explicit })).toBe(explicit);
  expect(await chosen({ venv: join(directory, 'venv') }, 'python-3.9')).toBe(ofVenv);
  expect(await chosen({})).toMatch(/\/python3$/);
  await expect(chosen({ python: explicit }, 'python-3.11')).rejects.toMatchObject({
    code: 'DN_RUNTIMES_VERSION_NOT_FOUND',
  });
  // It may be made later: the start says that it is missing.
  expect(await chosen({ venv: join(directory, 'none') })).toBe(join(directory, 'none', 'bin', 'python3'));
});

test('python command: an interpreter nobody would use is a mistake in the configuration', async () => {
  const runtime = createPythonRuntime({ searchPath });
  const refused = { code: 'DN_RUNTIMES_INVALID_CONFIG' };
  await expect(runtime.localSpec?.(specFor({ command: ['x.py'], venv: '/v' }))).rejects.toMatchObject(
    refused,
  );
  await expect(
    runtime.localSpec?.(specFor({ command: ['python'], venv: '/v', python: '/p' })),
  ).rejects.toMatchObject(refused);
});

test('python output: unbuffered, unless the context says otherwise', async () => {
  const runtime = createPythonRuntime({ searchPath });
  const spec = specFor({ command: ['python3', 'x.py'] });
  expect((await runtime.localSpec?.(spec))?.env.PYTHONUNBUFFERED).toBe('1');
  const env = { ...spec.env, PYTHONUNBUFFERED: '' };
  expect((await runtime.localSpec?.({ ...spec, env }))?.env.PYTHONUNBUFFERED).toBe('');
});

test('custom command: it is run as it is, and its version is not checked', async () => {
  const runtime = createCustomRuntime();
  expect(runtime.versions).toBeUndefined();
  const local = await runtime.localSpec?.(specFor({ command: ['sh', '-c', 'true'] }, 'anything-1.x'));
  expect(local?.command).toEqual(['sh', '-c', 'true']);
});
