import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Supervisor } from '../../src/index.js';
import { readMarker } from '../../src/linux/marker.js';
import { readProcess, readProcessTable } from '../../src/linux/process-table.js';
import { exists, type Harness, QUICK_RESTART, startHarness } from '../fixtures/harness.js';

const atOnce = { ...QUICK_RESTART, backoff: { initialMs: 20, maxMs: 40, resetAfterMs: 0 } };

/** The process that has started this one. */
function parentOf(supervisor: Supervisor, id: string): number {
  return readProcess(supervisor.get(id)?.identity?.pid ?? 0)?.ppid ?? 0;
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** Processes that carry the mark of one agent. */
function marked({ instanceId }: Harness, id: string): number[] {
  return readProcessTable()
    .filter(({ pid, state }) => state !== 'Z' && readMarker(pid)?.instanceId === instanceId)
    .map(({ pid }) => pid)
    .filter((pid) => readMarker(pid)?.processId === id);
}

/** A spawner that is stopped would outlive the test. */
function endWithTest(pid: number): void {
  onTestFinished(() => {
    if (exists(pid) && commandLine(pid).includes('spawner.py')) process.kill(pid, 'SIGKILL');
  });
}

test('spawner: processes are its children, and what they are given is not to be seen at it', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', ['sleep', '1000'], { env: { PATH: '/usr/bin:/bin', TOKEN: 'sesame' } }));
  const spawner = parentOf(supervisor, 'a');
  expect(commandLine(spawner)).toContain('/spawner.py');
  const pid = supervisor.get('a')?.identity?.pid ?? 0;
  // For some microseconds the kernel shows nothing yet of a program that has just been begun.
  while (readFileSync(`/proc/${pid}/environ`, 'utf8') === '')
    await new Promise((resolve) => setImmediate(resolve));
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('TOKEN=sesame');
  expect(readFileSync(`/proc/${spawner}/environ`, 'utf8')).not.toContain('sesame');
  expect(commandLine(spawner)).not.toContain('sesame');
  expect(supervisor.diagnostics()).toEqual([]);
});

test('spawner: it ends with the last process and the supervisor, and writes nothing afterwards', async () => {
  const { supervisor, spec, dir } = await startHarness();
  await supervisor.launch(spec('a', ['sleep', '1000']));
  const spawner = parentOf(supervisor, 'a');
  await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
  // A new file in it would be the socket or the ends, written late.
  rmSync(dir, { recursive: true });
  // Looks, because nobody tells: it is on its way out when the connection has ended.
  while (exists(spawner)) await new Promise((resolve) => setTimeout(resolve, 2));
});

test('spawner: it tells of a process that a signal stops; when it is gone nobody does, and that is known', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', ['sleep', '1000']));
  const pid = supervisor.get('a')?.identity?.pid ?? 0;
  const heard: string[] = [];
  supervisor.hearStops((id) => heard.push(id));
  expect(supervisor.tellsOfStops('a')).toBe(true);
  expect(supervisor.tellsOfStops('nobody')).toBe(false);
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => heard).toEqual(['a']);
  expect(readProcess(pid)?.state).toBe('T');
  process.kill(pid, 'SIGCONT');
  await expect.poll(() => heard).toEqual(['a', 'a']);
  process.kill(parentOf(supervisor, 'a'), 'SIGKILL');
  await expect.poll(() => supervisor.tellsOfStops('a')).toBe(false);
});

test('spawner killed: agents run on, their ends are still seen, and another one starts the next', async () => {
  const harness = await startHarness();
  const { supervisor, events, spec } = harness;
  await supervisor.launch(spec('a', ['sleep', '1000'], { restart: atOnce }));
  const pid = supervisor.get('a')?.identity?.pid ?? 0;
  process.kill(parentOf(supervisor, 'a'), 'SIGKILL');
  await supervisor.launch(spec('b', ['sleep', '1000']));
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', identity: { pid } });
  expect(parentOf(supervisor, 'b')).not.toBe(parentOf(supervisor, 'a'));
  process.kill(pid, 'SIGKILL');
  const [, again] = await events.atLeast('process.started', 2, 'a');
  expect(marked(harness, 'a')).toEqual([again?.identity.pid]);
  expect(parentOf(supervisor, 'a')).toBe(parentOf(supervisor, 'b'));
});

test('spawner killed in the middle of many starts: each agent runs once', async () => {
  const harness = await startHarness({ startLimit: 100 });
  const { supervisor, spec } = harness;
  await supervisor.launch(spec('first', ['sleep', '1000']));
  const spawner = parentOf(supervisor, 'first');
  const ids = Array.from({ length: 60 }, (_, at) => `a${at}`);
  const launched = ids.map((id) => supervisor.launch(spec(id, ['sleep', '1000'])));
  await launched[7];
  process.kill(spawner, 'SIGKILL');
  await Promise.all(launched);
  for (const id of ids) expect(marked(harness, id)).toEqual([supervisor.get(id)?.identity?.pid]);
  expect(ids.some((id) => parentOf(supervisor, id) !== parentOf(supervisor, 'a59'))).toBe(true);
});

// Waits for real: how long a stopped spawner may owe an answer is measured by the supervisor's own clock.
test('spawner stopped: its deadline passes, it is replaced, and what it was asked for runs once', async () => {
  const harness = await startHarness();
  const { supervisor, spec } = harness;
  await supervisor.launch(spec('a', ['sleep', '1000']));
  const spawner = parentOf(supervisor, 'a');
  endWithTest(spawner);
  process.kill(spawner, 'SIGSTOP');
  await supervisor.launch(spec('b', ['sleep', '1000']));
  expect(exists(spawner)).toBe(false);
  expect(marked(harness, 'b')).toEqual([supervisor.get('b')?.identity?.pid]);
  expect(supervisor.get('a')).toMatchObject({ phase: 'running' });
}, 20_000);

test('spawner that dies again and again: the supervisor starts processes itself, and says so', async () => {
  const { supervisor, spec } = await startHarness();
  for (let death = 0; death < 3; death += 1) {
    await supervisor.launch(spec(`a${death}`, ['sleep', '1000']));
    process.kill(parentOf(supervisor, `a${death}`), 'SIGKILL');
    await supervisor.launch(spec(`b${death}`, ['sleep', '1000']));
  }
  expect(parentOf(supervisor, 'b2')).toBe(process.pid);
  expect(supervisor.diagnostics()).toEqual([expect.stringMatching(/started by the daemon itself/)]);
});

test('spawner: without python3 processes are started all the same, and that is said', async () => {
  const { supervisor, spec } = await startHarness({ python: '/no/such/python' });
  await supervisor.launch(spec('a', ['sleep', '1000']));
  expect(parentOf(supervisor, 'a')).toBe(process.pid);
  expect(supervisor.diagnostics()).toEqual([expect.stringContaining('/no/such/python')]);
});

test('spawner: its own death between two daemons loses nothing but the exit code', async () => {
  const { supervisor, spec, dir, instanceId, store } = await startHarness();
  await supervisor.launch(spec('a', ['sleep', '1000']));
  const pid = supervisor.get('a')?.identity?.pid ?? 0;
  process.kill(parentOf(supervisor, 'a'), 'SIGKILL');
  await supervisor.shutdown({ leaveRunning: true });
  const next = await startHarness({ instanceId, store, logDir: join(dir, 'logs') });
  const { adopted } = await next.supervisor.adopt([spec('a', ['sleep', '1000'])]);
  expect(adopted).toEqual(['a']);
  process.kill(pid, 'SIGKILL');
  const [exited] = await next.events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit).toMatchObject({ isKnown: false });
});

test('start: a megabyte of environment arrives whole, ten are refused in words', async () => {
  const { supervisor, spec } = await startHarness();
  const env = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`LONG_${at}`, 'x'.repeat(100_000)]));
  const print = ['/bin/sh', '-c', 'env | wc -c >&2; exec sleep 1000'];
  await supervisor.launch(spec('a', print, { env: { ...env(10), PATH: '/usr/bin:/bin' } }));
  const refused = supervisor.launch(spec('b', print, { env: env(100) }));
  await expect(refused).rejects.toMatchObject({ code: 'DN_SUPERVISOR_SPAWN_FAILED' });
  await expect(refused).rejects.toThrow(/E2BIG/);
});

test('start: a file without an interpreter line is run by the shell, as execvp does', async () => {
  const { supervisor, events, spec, dir } = await startHarness();
  const { chmodSync, writeFileSync } = await import('node:fs');
  writeFileSync(join(dir, 'plain'), 'exit 7\n');
  chmodSync(join(dir, 'plain'), 0o755);
  await supervisor.launch(spec('a', ['./plain'], { restart: { ...QUICK_RESTART, type: 'temporary' } }));
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit).toMatchObject({ code: 7, signal: null, isKnown: true });
});
