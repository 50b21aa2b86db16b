import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentProtocol, LaunchSpec, Runtime, RuntimeIo } from '@dreamnet/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChildProcessHost, createChildProcessHost } from './child-process-host.js';

/** One platform under test: how its programs are written. */
export interface ConformanceCase {
  create(): Runtime;
  /** Prints its environment as JSON on one line, then stays until it is told to end. */
  staying: readonly string[];
  /** Ends at once with this code. */
  ending(code: number): readonly string[];
  /** Echoes its standard input. */
  echoing: readonly string[];
}

/** The rules every local runtime keeps, on real processes. */
export function describeRuntimeConformance(kind: string, platform: ConformanceCase): void {
  let host: ChildProcessHost;
  let directory: string;
  let io: RuntimeIo;
  const runtime = platform.create();
  const specFor = (command: readonly string[], protocol: AgentProtocol = 'none'): LaunchSpec => ({
    processId: `${kind}-agent`,
    protocol,
    config: { command, cwd: directory },
    env: { PATH: process.env.PATH ?? '/bin:/usr/bin', GREETING: 'hello' },
    supervision: {
      restart: {
        type: 'temporary',
        intensity: 1,
        periodMs: 1000,
        backoff: { initialMs: 10, maxMs: 10, resetAfterMs: 1000 },
        halfOpenAfterMs: 1000,
      },
      stopDeadlineMs: 2000,
    },
  });
  /** Real output takes real time: waits until a line is there, at most the test's own time limit. */
  const firstLine = async (id: string): Promise<string> => {
    while (!host.output(id).includes('\n')) await new Promise((resolve) => setTimeout(resolve, 5));
    return host.output(id).split('\n')[0] ?? '';
  };

  describe(`runtime ${kind}`, () => {
    beforeEach(() => {
      host = createChildProcessHost();
      directory = mkdtempSync(join(tmpdir(), 'dreamnet-runtime-'));
      io = { processes: host, signal: new AbortController().signal };
    });
    afterEach(async () => {
      await host.close();
      rmSync(directory, { recursive: true, force: true });
    });

    test('kind: it is called what it is registered as', () => {
      expect(runtime.kind).toBe(kind);
    });

    test('config schema: JSON Schema that takes a good config and refuses unknown keys', () => {
      const validate = new Ajv2020({ strict: false, formats: { uri: true } }).compile(runtime.configSchema);
      expect(validate({ command: ['x'], cwd: '/tmp' })).toBe(true);
      expect(validate({ command: ['x'], cwd: '/tmp', shell: true })).toBe(false);
      expect(validate({ cwd: '/tmp' })).toBe(false);
    });

    test('launch: the handle is JSON, holds no variable, and the process runs', async () => {
      const handle = await runtime.launch(specFor(platform.staying), io);
      expect(JSON.parse(JSON.stringify(handle))).toEqual({
        runtime: kind,
        processId: `${kind}-agent`,
        ref: {},
      });
      expect(await runtime.inspect(handle, io)).toMatchObject({
        state: 'running',
        vendorState: 'running',
        identity: expect.stringMatching(/^\d+:\d+$/),
      });
    });

    test('launch: the child gets the given environment and no more than the runtime adds', async () => {
      await runtime.launch(specFor(platform.staying), io);
      const seen = JSON.parse(await firstLine(`${kind}-agent`)) as Record<string, string>;
      expect(seen.GREETING).toBe('hello');
      // The test runner's own variables and the user's home are in our environment, not in the child's.
      expect([seen.VITEST, seen.HOME]).toEqual([undefined, undefined]);
      const given = Object.keys(host.spec(`${kind}-agent`)?.env ?? {}).sort();
      expect(given).toEqual(
        kind === 'python' ? ['GREETING', 'PATH', 'PYTHONUNBUFFERED'] : ['GREETING', 'PATH'],
      );
    });

    test('launch: what runs already is refused and goes on running', async () => {
      const handle = await runtime.launch(specFor(platform.staying), io);
      const { identity } = await runtime.inspect(handle, io);
      await expect(runtime.launch(specFor(platform.staying), io)).rejects.toMatchObject({
        code: 'DN_RUNTIMES_ALREADY_RUNNING',
      });
      expect((await runtime.inspect(handle, io)).identity).toBe(identity);
    });

    test('launch: after the signal aborted nothing is launched', async () => {
      const signal = AbortSignal.abort();
      await expect(runtime.launch(specFor(platform.staying), { ...io, signal })).rejects.toMatchObject({
        code: 'DN_RUNTIMES_CANCELLED',
      });
      expect(host.get(`${kind}-agent`)).toBeUndefined();
    });

    test.each([
      ['no command', { cwd: '/tmp' }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['an empty command', { command: [], cwd: '/tmp' }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['an empty program', { command: [''], cwd: '/tmp' }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['a NUL in an argument', { command: ['x', 'a\0b'], cwd: '/tmp' }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['a relative directory', { command: ['x'], cwd: 'here' }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['an unknown key', { command: ['x'], cwd: '/tmp', shell: true }, 'DN_RUNTIMES_INVALID_CONFIG'],
      ['a missing directory', { command: ['sh'], cwd: '/does/not/exist' }, 'DN_RUNTIMES_DIRECTORY_MISSING'],
      ['a missing program', { command: ['no-such-program'], cwd: '/tmp' }, 'DN_RUNTIMES_PROGRAM_NOT_FOUND'],
      ['a program that is a directory', { command: ['/tmp'], cwd: '/tmp' }, 'DN_RUNTIMES_PROGRAM_NOT_FOUND'],
    ])('launch: %s is a coded error and nothing runs', async (_, config, code) => {
      await expect(runtime.launch({ ...specFor([]), config }, io)).rejects.toMatchObject({ code });
      expect(host.get(`${kind}-agent`)).toBeUndefined();
    });

    test.each<[AgentProtocol, Record<string, unknown>, 'pipe' | 'log']>([
      ['mcp', {}, 'pipe'],
      ['mcp', { transport: 'stdio' }, 'pipe'],
      ['mcp', { url: 'http://127.0.0.1:9/mcp' }, 'log'],
      ['mcp', { transport: 'http', url: 'http://127.0.0.1:9/mcp' }, 'log'],
      ['acp', {}, 'pipe'],
      ['a2a', { url: 'http://127.0.0.1:9' }, 'log'],
      ['http', {}, 'log'],
      ['heartbeat', {}, 'log'],
      ['none', {}, 'log'],
    ])('stdio: protocol %s with %j is %s', async (protocol, extra, stdio) => {
      const spec = specFor(platform.staying, protocol);
      const local = await runtime.localSpec?.({ ...spec, config: { ...spec.config, ...extra } });
      expect(local?.stdio).toBe(stdio);
    });

    test.each<[AgentProtocol, Record<string, unknown>]>([
      ['mcp', { transport: 'http' }],
      ['mcp', { transport: 'stdio', url: 'http://127.0.0.1:9' }],
      ['acp', { transport: 'http', url: 'http://127.0.0.1:9' }],
      ['http', { transport: 'stdio' }],
      ['mcp', { url: 'file:///etc/passwd' }],
    ])('stdio: protocol %s with %j contradicts itself and is refused', async (protocol, extra) => {
      const spec = specFor(platform.staying, protocol);
      await expect(
        runtime.launch({ ...spec, config: { ...spec.config, ...extra } }, io),
      ).rejects.toMatchObject({
        code: 'DN_RUNTIMES_INVALID_CONFIG',
      });
    });

    test('stdio: a pipe agent answers on the pipes the host lends', async () => {
      await runtime.launch(specFor(platform.echoing, 'acp'), io);
      host.streams(`${kind}-agent`)?.stdin.write('one line\n');
      expect(await firstLine(`${kind}-agent`)).toBe('one line');
    });

    test('local spec: it is what a launch hands over', async () => {
      const spec = specFor(platform.staying);
      const local = await runtime.localSpec?.(spec);
      await runtime.launch(spec, io);
      expect(host.spec(`${kind}-agent`)).toEqual(local);
    });

    test.each([
      [0, 'stopped'],
      [3, 'failed'],
    ])('inspect: exit code %i is %s', async (code, state) => {
      const handle = await runtime.launch(specFor(platform.ending(code)), io);
      await host.ended(`${kind}-agent`);
      expect(await runtime.inspect(handle, io)).toMatchObject({
        state,
        vendorState: 'exited',
        evidence: { lastExit: { code } },
      });
    });

    test('inspect and attach: what the host does not know is gone', async () => {
      const handle = { runtime: kind, processId: 'stranger', ref: {} };
      expect((await runtime.inspect(handle, io)).state).toBe('gone');
      expect(await runtime.attach?.(handle, io)).toBe(false);
    });

    test('attach: what runs is found again, what ended is not', async () => {
      const handle = await runtime.launch(specFor(platform.staying), io);
      expect(await runtime.attach?.(handle, io)).toBe(true);
      await runtime.stop(handle, io, 2000);
      expect(await runtime.attach?.(handle, io)).toBe(false);
    });

    test('stop: nothing runs afterwards, a second stop is fine, a new launch has a new identity', async () => {
      const first = await runtime.launch(specFor(platform.staying), io);
      const { identity } = await runtime.inspect(first, io);
      await runtime.stop(first, io, 2000);
      await runtime.stop(first, io, 2000);
      const ended = await runtime.inspect(first, io);
      expect([ended.state, ended.identity]).toEqual(['stopped', undefined]);
      const second = await runtime.launch(specFor(platform.staying), io);
      expect((await runtime.inspect(second, io)).identity).not.toBe(identity);
    });

    test('handles: that of another runtime is refused everywhere', async () => {
      const handle = { runtime: 'another', processId: `${kind}-agent`, ref: {} };
      const refused = { code: 'DN_RUNTIMES_FOREIGN_HANDLE' };
      await expect(runtime.inspect(handle, io)).rejects.toMatchObject(refused);
      await expect(runtime.stop(handle, io, 0)).rejects.toMatchObject(refused);
      await expect(runtime.attach?.(handle, io)).rejects.toMatchObject(refused);
    });

    test('errors: no message quotes a variable', async () => {
      const spec = { ...specFor(['no-such-program']), env: { API_KEY: 'sk-very-secret', PATH: '/bin' } };
      const error = await runtime.launch(spec, io).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DN_RUNTIMES_PROGRAM_NOT_FOUND' });
      expect(`${error}${JSON.stringify(error)}`).not.toContain('sk-very-secret');
    });
  });
}
