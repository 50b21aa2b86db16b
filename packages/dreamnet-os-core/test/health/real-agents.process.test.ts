import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { ActivitySample, ProbeResult } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import type { HealthChange } from '../../src/boundary.js';
import { createHealthEngine, type HealthEngineRoom } from '../../src/health/health-engine.js';

/** Answers `pong` to every line; `spin N` keeps it busy for N ms, `mute` makes it accept and never answer. */
const AGENT = `
const net = require('node:net');
let isMute = false;
const server = net.createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    const [word, number] = String(data).trim().split(' ');
    if (word === 'mute') isMute = true;
    if (!isMute) socket.write('pong\\n');
    if (word === 'spin') setImmediate(() => { const end = Date.now() + Number(number); while (Date.now() < end); });
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const SCHEDULE = { everyMs: 400, timeoutMs: 300, rise: 1, fall: 2 };
/** What a machine under load may add to a bound. */
const SLACK_MS = 700;

let child: ChildProcess | undefined;
let engine: HealthEngineRoom | undefined;
afterEach(async () => {
  engine?.stop();
  if (child?.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});

function say(port: number, word: string, signal?: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const end = (ok: boolean, reason: string) => {
      socket.destroy();
      resolve({ ok, reason });
    };
    socket.on('connect', () => socket.write(`${word}\n`));
    socket.on('data', () => end(true, 'pong'));
    socket.on('error', ({ message }) => end(false, message));
    signal?.addEventListener('abort', () => end(false, 'gave up'), { once: true });
  });
}

/** CPU time from /proc: fields 14 and 15 of stat, in ticks of 10 ms. */
function activityOf(pid: number): ActivitySample {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { atMs: performance.now(), cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, ioBytes: 0 };
}

async function startAgent() {
  child = spawn(process.execPath, ['-e', AGENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new TypeError('the agent did not start');
  const [line] = await once(stdout, 'data');
  const port = Number(String(line));
  const made = createHealthEngine({ clock: systemClock(), publish: () => undefined });
  engine = made;
  const changes: { change: HealthChange; atMs: number }[] = [];
  made.onChange((change) => changes.push({ change, atMs: performance.now() }));
  made.register('agent', {
    probe: (signal) => say(port, 'ping', signal),
    probeSchedule: SCHEDULE,
    activity: () => activityOf(pid),
  });
  made.signal({
    subsystem: 'agent',
    state: 'alive',
    reason: 'started',
    at: Date.now(),
    identity: `${pid}:1`,
  });
  made.start();
  await until(made, 'ok');
  return { engine: made, pid, port, changes };
}

/** Resolves with the time at which the status is the wanted one. The test's own time limit ends the wait. */
function until(of: HealthEngineRoom, status: string): Promise<number> {
  return new Promise((resolve) => {
    if (of.read('agent')?.status === status) resolve(performance.now());
    const stop = of.onChange(({ after }) => {
      if (after.status !== status) return;
      stop();
      resolve(performance.now());
    });
  });
}

const BOUND_MS = SCHEDULE.everyMs * SCHEDULE.fall + SCHEDULE.timeoutMs + SLACK_MS;

test('real agents: one stopped by SIGSTOP is an error within every x fall + timeout, and ok after SIGCONT', async () => {
  const { engine: health, pid } = await startAgent();
  const faultMs = performance.now();
  process.kill(pid, 'SIGSTOP');
  expect((await until(health, 'error')) - faultMs).toBeLessThan(BOUND_MS);
  expect(health.isBusy('agent')).toBe(false);
  process.kill(pid, 'SIGCONT');
  await until(health, 'ok');
});

test('real agents: one that accepts and never answers is an error within every x fall + timeout', async () => {
  const { engine: health, port } = await startAgent();
  const faultMs = performance.now();
  await say(port, 'mute', AbortSignal.timeout(50));
  expect((await until(health, 'error')) - faultMs).toBeLessThan(BOUND_MS);
});

test('real agents: one that computes for longer than every timeout is busy, never an error, and then ok', async () => {
  const { engine: health, port, changes } = await startAgent();
  await say(port, 'spin 4000');
  await until(health, 'warn');
  expect(health.isBusy('agent')).toBe(true);
  expect(health.read('agent')?.rule).toBe('busy');
  await until(health, 'ok');
  expect(changes.map(({ change }) => change.after.status)).not.toContain('error');
});
