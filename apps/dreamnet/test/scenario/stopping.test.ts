import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { StoppedAgent } from '../../src/http/views.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
/** An MCP server on stdio. */
const RESEARCHER = fileURLToPath(new URL('../../../../examples/fleet/agents/researcher.py', import.meta.url));

/** Makes a file `AGENT.ready` when it takes no more notice of SIGTERM. */
const stubborn = (deadline: string) => ({
  runtime: 'custom',
  command: ['sh', '-c', 'trap "" TERM; : > "$DREAMNET_AGENT.ready"; while :; do sleep 0.05; done'],
  stop: { deadline },
});

/** It can be asked to end. */
const isReady = (it: DaemonProcess, name: string) =>
  it.until(`${name} to be ready`, () => existsSync(join(it.folder, `${name}.ready`)));

test('stopping: stop says how the agent ended, and that nothing is left; a second time that nothing ran', async () => {
  const it = await startDaemon({
    agents: {
      files: {
        runtime: 'python',
        command: ['python3', RESEARCHER],
        protocol: 'mcp',
      },
      quits: {
        runtime: 'custom',
        command: ['sh', '-c', 'trap "exit 5" QUIT; : > quits.ready; while :; do sleep 0.05; done'],
        stop: { signal: 'SIGQUIT' },
      },
    },
  });
  await it.until('the MCP server to answer', async () => {
    const { agent } = await it.client().get<{ agent: PsEntry }>('/api/agents/files');
    return agent.health.readiness.state === 'ready';
  });
  await isReady(it, 'quits');
  expect(it.cli('stop', 'files').stdout).toMatch(
    /^files: stopped; asked over stdin, left after [\d.]+ m?s; nothing is left\n$/,
  );
  expect(it.cli('stop', 'quits').stdout).toMatch(
    /^quits: stopped; SIGQUIT, .*left after .*; nothing is left\n$/,
  );
  expect(it.cli('describe', 'quits').stdout).toMatch(/exit code 5\n +stopped: SIGQUIT/);
  expect(it.cli('stop', 'quits').stdout).toBe('quits: stopped; nothing of it ran\n');
  expect(it.cli('events', '--pattern', 'process.stopped.*').stdout).toMatch(/process.stopped\s+files/);
  expect(it.processes().size).toBe(0);
});

test('stopping: what will not go is killed after its deadline, and the answer says so', async () => {
  const it = await startDaemon({ agents: { a: stubborn('300ms') } });
  await isReady(it, 'a');
  const { stops } = await it.client().send<StoppedAgent>('POST', '/api/agents/a/stop');
  expect(stops).toMatchObject([
    { id: 'a', stop: { isProven: true, steps: [{ rung: 'signal' }, { rung: 'kill', left: 0 }] } },
  ]);
});

/** Runs a command without waiting for it. */
function begin(
  it: DaemonProcess,
  ...args: string[]
): { ended: Promise<{ code: number | null; out: string }> } {
  const child = spawn(process.execPath, [BIN, ...args, '--state', it.stateDir]);
  let out = '';
  child.stdout.on('data', (part) => {
    out += part;
  });
  return { ended: new Promise((resolve) => child.once('exit', (code) => resolve({ code, out }))) };
}

const phaseOf = async (it: DaemonProcess, name: string) => {
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  return agents.find((agent) => agent.name === name)?.phase;
};

async function startStubborn(config: { agents: object }): Promise<DaemonProcess> {
  const it = await startDaemon(config);
  for (const name of Object.keys(config.agents)) await isReady(it, name);
  return it;
}

test('stopping: a second down kills who is still there; nothing else is taken meanwhile', async () => {
  const it = await startStubborn({ agents: { a: stubborn('10m') } });
  const first = begin(it, 'down');
  await it.until('the end to begin', async () => (await phaseOf(it, 'a')) === 'stopping');
  await expect(it.client().get('/api/status')).rejects.toMatchObject({ code: 'DN_API_ENDING' });
  const second = it.cli('down');
  expect(second).toMatchObject({
    status: 0,
    stdout: 'Ended: a (asked before: who was still there was killed).\n',
  });
  expect(await first.ended).toMatchObject({ code: 0, out: 'Ended: a.\n' });
  expect(it.processes().size).toBe(0);
});

test('stopping: while the daemon ends, ps tells who has ended, who runs, and that nobody is asked any more', async () => {
  const polite = { runtime: 'custom', command: ['sh', '-c', ': > "$DREAMNET_AGENT.ready"; exec sleep 1000'] };
  const it = await startDaemon({
    agents: {
      // b and e end when a is asked to; c and d would come after it.
      a: { ...stubborn('10m'), dependsOn: ['c', 'd'] },
      b: { ...polite, dependsOn: ['c'] },
      c: polite,
      d: { ...polite, replicas: 2 },
      e: { ...polite, replicas: 2, dependsOn: ['c'] },
      done: { runtime: 'custom', command: ['true'], restart: { policy: 'temporary' } },
      hand: polite,
    },
  });
  const all = async () => {
    const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
    return new Map(agents.map((agent) => [agent.name, agent]));
  };
  await isReady(it, 'a');
  it.cli('stop', 'hand');
  await it.until('all to be known', async () => {
    const now = [...(await all()).values()];
    const isUp = (agent: PsEntry) => agent.health.readiness.state === 'ready' || agent.status === 'stopped';
    return now.every(isUp);
  });
  const before = await all();
  process.kill(it.pid(), 'SIGTERM');
  const now = await it.until('b and e to have ended', async () => {
    const seen = await all();
    return (
      [seen.get('b'), seen.get('e#1'), seen.get('e#2')].every((agent) => agent?.phase === 'idle') && seen
    );
  });
  for (const name of ['b', 'e', 'e#1', 'e#2']) {
    const { status, pid, health } = now.get(name) ?? {};
    const states = [health?.liveness.state, health?.readiness.state, health?.progress.state];
    expect({ name, status, pid, states }).toEqual({
      ...{ name, status: 'stopped', pid: null },
      states: ['dead', 'unknown', 'unknown'],
    });
  }
  expect(now.get('b')?.health.liveness.reason).toBe('ended with the daemon');
  for (const name of ['a', 'c', 'd', 'd#1', 'd#2']) {
    const { status, pid, health } = now.get(name) ?? {};
    expect({ name, status, pid }).toEqual({ name, status: 'running', pid: before.get(name)?.pid });
    expect(health).toMatchObject({ liveness: { state: 'alive' }, readiness: { state: 'unknown' } });
  }
  expect(now.get('d')?.replicas).toMatchObject({ desired: 2, serving: 0 });
  for (const name of ['done', 'hand']) {
    expect(now.get(name)?.status).toBe('stopped');
    expect(now.get(name)?.health.liveness).toMatchObject({
      state: before.get(name)?.health.liveness.state,
      reason: before.get(name)?.health.liveness.reason,
    });
  }
  expect(it.cli('ps').stdout).toMatch(/^b +stopped +- .* ended with the daemon$/m);
  it.cli('down');
});

test('stopping: a second signal, a moment after the first, kills who is still there', async () => {
  const it = await startStubborn({ agents: { a: stubborn('10m') } });
  process.kill(it.pid(), 'SIGINT');
  await it.until('the end to begin', async () => (await phaseOf(it, 'a')) === 'stopping');
  // What comes within half a second is the same Ctrl-C, passed on by whoever started us.
  process.kill(it.pid(), 'SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(it.processes().size).toBe(1);
  const ended = it.kill('SIGINT');
  await ended;
  expect(it.processes().size).toBe(0);
});

test('stopping: who was stopped stays so through kill -9 of the daemon, and says why; down and up start it', async () => {
  const it = await startStubborn({ agents: { a: stubborn('10m'), b: stubborn('10m') } });
  const stopping = begin(it, 'stop', 'a');
  await it.until('the stop to begin', async () => (await phaseOf(it, 'a')) === 'stopping');
  // The first rung is on disk when the record says so.
  await it.until('the signal to be noted', () => it.cli('events', '--json').stdout.includes('"stopping"'));
  await it.kill('SIGKILL');
  await stopping.ended;
  for (const pid of it.processes().get('a') ?? []) process.kill(pid, 'SIGKILL');
  await it.up();
  expect(it.processes().get('a')).toBeUndefined();
  expect(it.processes().get('b')).toHaveLength(1);
  expect(it.cli('ps').stdout).toMatch(/a +stopped .* stopped by admin; 'dreamnet start a' starts it/);
  const down = begin(it, 'down');
  await it.until('the end to begin', async () => (await phaseOf(it, 'b')) === 'stopping');
  it.cli('down');
  await down.ended;
  await it.up();
  expect(it.processes().get('a')).toHaveLength(1);
});
