import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from '@dreamnet/kit';
import { fixtureCommand } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { readProcess } from '../src/linux/process-table.js';
import { exists, logLine, QUICK_RESTART, startHarness } from './fixtures/harness.js';

const FOREVER = ['sleep', '1000'] as const;
const restart = (rest: Partial<typeof QUICK_RESTART>) => ({ restart: { ...QUICK_RESTART, ...rest } });
const healthyAtOnce = restart({ backoff: { initialMs: 20, maxMs: 40, resetAfterMs: 0 } });

test('launch: answers the identity of a process that leads its own session and has only its own variables', async () => {
  const { supervisor, spec, instanceId } = await startHarness();
  const command = ['sh', '-c', 'env; echo ready; exec sleep 1000'];
  const { identity, phase } = await supervisor.launch(
    spec('a', command, { env: { PATH: '/bin:/usr/bin', X: '1' } }),
  );
  expect(phase).toBe('running');
  expect(readProcess(identity?.pid ?? 0)).toMatchObject({
    session: identity?.pid,
    startTicks: identity?.startTicks,
  });
  await logLine(supervisor, 'a', /ready/);
  const lines = await supervisor.readLog('a', { stream: 'out' });
  // The shell itself adds PWD (and others OLDPWD, SHLVL, _) before it runs env.
  const given = lines.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=|ready/.test(line));
  expect(given.sort()).toEqual([`DREAMNET_PROCESS=${instanceId}/a/1`, 'PATH=/bin:/usr/bin', 'X=1']);
});

test('launch: a running id is refused', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', FOREVER));
  await expect(supervisor.launch(spec('a', FOREVER))).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_ALREADY_RUNS',
  });
});

test('launch: a specification nothing can be started from is refused', async () => {
  const { supervisor, spec } = await startHarness();
  await expect(supervisor.launch(spec('../a', FOREVER))).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_SPEC_INVALID',
  });
  await expect(supervisor.launch(spec('a', ['a\0b']))).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_SPEC_INVALID',
  });
  await expect(supervisor.stop('nobody')).rejects.toMatchObject({ code: 'DN_SUPERVISOR_UNKNOWN_PROCESS' });
});

test('crash: after a healthy run the next process exists when the exit is told', async () => {
  const { supervisor, events, spec } = await startHarness();
  const { identity } = await supervisor.launch(spec('a', FOREVER, healthyAtOnce));
  process.kill(identity?.pid ?? 0, 'SIGKILL');
  const [, second] = await events.atLeast('process.started', 2, 'a');
  expect(second?.identity.pid).not.toBe(identity?.pid);
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', restarts: 1, identity: second?.identity });
  expect(supervisor.get('a')?.lastExit).toMatchObject({ signal: 'SIGKILL', code: null, isKnown: true });
  expect(events.seen.map(({ type }) => type).slice(-5)).toEqual([
    ...[
      'process.started',
      'process.exited',
      'process.phase-changed',
      'process.phase-changed',
      'process.started',
    ],
  ]);
});

test('crash loop: backs off, opens the circuit, tells why with secrets removed, and stops trying', async () => {
  const { supervisor, events, spec } = await startHarness({
    redact: (text) => text.replaceAll('table', '***'),
  });
  await supervisor.launch(spec('a', fixtureCommand('crash-loop.sh'), restart({ intensity: 2 })));
  const [opened] = await events.atLeast('process.circuit-opened', 1, 'a');
  expect(opened).toMatchObject({ restarts: 2, periodMs: 30_000 });
  expect(opened?.lastExit).toMatchObject({ code: 7, stderrTail: ['cannot go on: the *** is missing'] });
  expect(supervisor.get('a')).toMatchObject({ phase: 'broken', identity: null, restarts: 2 });
  expect(supervisor.get('a')?.nextAttemptAt).toBeGreaterThan(Date.now() + 50_000);
  expect(events.ofType('process.started', 'a').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('crash loop: what one life wrote is read before what the next one wrote, whichever stream it is', async () => {
  const { supervisor, events, spec } = await startHarness();
  const command = ['sh', '-c', 'echo born; sleep 0.03; echo dead >&2; exit 1'];
  await supervisor.launch(spec('a', command, restart({ intensity: 3 })));
  await events.atLeast('process.circuit-opened', 1, 'a');
  const lines: string[] = [];
  for await (const { line } of supervisor.logs({ ids: ['a'] })) lines.push(line);
  expect(lines).toEqual(['born', 'dead', 'born', 'dead', 'born', 'dead', 'born', 'dead']);
});

test('circuit: trials go on until the cause is gone, then the process stays', async () => {
  const { supervisor, events, spec, dir } = await startHarness();
  const cause = join(dir, 'table');
  const policy = restart({ intensity: 0, periodMs: 200, halfOpenAfterMs: 30 });
  await supervisor.launch(spec('a', fixtureCommand('crash-loop.sh', cause), policy));
  const opened = await events.atLeast('process.circuit-opened', 2, 'a');
  expect(opened[1]?.retryAt).toBeGreaterThan(opened[0]?.retryAt ?? Number.POSITIVE_INFINITY);
  writeFileSync(cause, '');
  await logLine(supervisor, 'a', /ready/);
  // It may have written before we are told that it runs.
  while (supervisor.get('a')?.phase !== 'running') await sleep(systemClock(), 5);
  supervisor.markReady('a');
  // Real time: a trial has succeeded when it lasted for the period.
  await sleep(systemClock(), 250);
  process.kill(supervisor.get('a')?.identity?.pid ?? 0, 'SIGKILL');
  const again = await events.atLeast('process.circuit-opened', opened.length + 1, 'a');
  expect(again.at(-1)?.restarts).toBe(0);
});

test('circuit: an explicit launch closes it', async () => {
  const { supervisor, events, spec } = await startHarness();
  await supervisor.launch(spec('a', ['false'], restart({ intensity: 0 })));
  await events.phase('a', 'broken');
  const { phase } = await supervisor.launch(spec('a', FOREVER, restart({ intensity: 1 })));
  expect(phase).toBe('running');
  expect(supervisor.get('a')?.nextAttemptAt).toBeNull();
});

test('restarts: every start after the first counts, whoever asked for it', async () => {
  const { supervisor, events, spec } = await startHarness();
  await supervisor.launch(spec('a', FOREVER));
  expect(supervisor.get('a')?.restarts).toBe(0);
  await supervisor.restart('a', 0);
  expect(supervisor.get('a')?.restarts).toBe(1);
  process.kill(supervisor.get('a')?.identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('process.started', 3, 'a');
  expect(supervisor.get('a')?.restarts).toBe(2);
  await supervisor.stop('a', 0);
  expect(supervisor.get('a')?.restarts).toBe(2);
  await supervisor.launch(spec('a', FOREVER));
  expect(supervisor.get('a')?.restarts).toBe(3);
});

test('restart types: a transient process that ends well stays down', async () => {
  const { supervisor, events, spec } = await startHarness();
  await supervisor.launch(spec('a', ['true'], restart({ type: 'transient' })));
  await events.phase('a', 'exited');
  expect(supervisor.get('a')).toMatchObject({ phase: 'exited', restarts: 0, lastExit: { code: 0 } });
});

test.each([
  ['a missing command', { command: ['no-such-command'] as const }, /'no-such-command' was not found/],
  ['a missing directory', { cwd: '/no/such/dir' }, /working directory \/no\/such\/dir does not exist/],
  ['a file that may not run', { command: ['/etc/passwd'] as const }, /may not be executed/],
])('failed start: %s is a coded error, and counts as a crash', async (_, rest, text) => {
  const { supervisor, spec, events } = await startHarness();
  const launched = supervisor.launch(spec('a', FOREVER, { ...rest, ...restart({ intensity: 1 }) }));
  await expect(launched).rejects.toMatchObject({ code: 'DN_SUPERVISOR_SPAWN_FAILED', message: text });
  expect(supervisor.get('a')).toMatchObject({ phase: 'backoff', lastExit: { reason: text } });
  const [told] = await events.atLeast('process.start-failed', 1, 'a');
  expect(told).toMatchObject({ reason: expect.stringMatching(text), attempt: 1 });
});

test.each([
  [
    'is not marked executable',
    '#!/bin/sh\n',
    0o644,
    /not marked executable \(EACCES\); run chmod \+x \S+tool/,
  ],
  [
    'names an interpreter that is not there',
    '#! /no/such/one -x\n',
    0o755,
    /interpreter '\/no\/such\/one' is not/,
  ],
])(
  'failed start: of a script that %s it is said so, and once it is mended the next try starts it',
  async (_, text, mode, reason) => {
    const { supervisor, spec, events, dir } = await startHarness();
    writeFileSync(join(dir, 'tool'), text, { mode });
    const launched = supervisor.launch(spec('a', ['./tool'], restart({ intensity: 1000 })));
    await expect(launched).rejects.toMatchObject({ message: reason });
    writeFileSync(join(dir, 'ready'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    renameSync(join(dir, 'ready'), join(dir, 'tool'));
    await events.atLeast('process.started', 1, 'a');
    expect(supervisor.get('a')).toMatchObject({ phase: 'running' });
  },
);

test('stop: ends group, other sessions and double forks, and only then resolves', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('leaks-child.sh')));
  await logLine(supervisor, 'a', /ready/);
  const pids = (await supervisor.readLog('a', { stream: 'out' })).flatMap(
    (line) => line.match(/\d+/)?.map(Number) ?? [],
  );
  expect(pids).toHaveLength(3);
  expect(pids.every(exists)).toBe(true);
  await supervisor.stop('a');
  expect(pids.filter(exists)).toEqual([]);
  expect(supervisor.get('a')).toMatchObject({ phase: 'idle', identity: null });
});

test('crash: what the old process left behind ends, the new one is not touched', async () => {
  const { supervisor, events, spec } = await startHarness();
  const policy = restart({ backoff: { initialMs: 3000, maxMs: 3000, resetAfterMs: 60_000 } });
  await supervisor.launch(spec('a', fixtureCommand('leaks-child.sh', 'exit'), policy));
  await events.atLeast('process.exited', 1, 'a');
  const lines = await supervisor.readLog('a', { stream: 'out' });
  const pids = lines.flatMap((line) => line.match(/\d+/)?.map(Number) ?? []);
  expect(pids).toHaveLength(3);
  // Strays outside the group are looked for 25 ms after the exit.
  await sleep(systemClock(), 300);
  expect(pids.filter(exists)).toEqual([]);
});

test('stop: a process that ignores SIGTERM is killed at the deadline, not before', async () => {
  const { supervisor, spec, events } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('ignores-sigterm.sh')));
  await logLine(supervisor, 'a', /ready/);
  const startMs = performance.now();
  await supervisor.stop('a', 300);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(295);
  expect(events.ofType('process.exited', 'a')).toMatchObject([{ exit: { signal: 'SIGKILL' } }]);
});

test('stop: a second stop shortens the deadline of the first, and both resolve', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('ignores-sigterm.sh')));
  await logLine(supervisor, 'a', /ready/);
  const startMs = performance.now();
  await Promise.all([supervisor.stop('a', 20_000), supervisor.stop('a', 50)]);
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test('stop: a suspended process ends by itself once it is let go on', async () => {
  const { supervisor, spec, events } = await startHarness();
  const { identity } = await supervisor.launch(spec('a', FOREVER));
  process.kill(identity?.pid ?? 0, 'SIGSTOP');
  await supervisor.stop('a', 10_000);
  expect(events.ofType('process.exited', 'a')).toMatchObject([{ exit: { signal: 'SIGTERM' } }]);
});

test('stop: deadline 0 kills a suspended process at once', async () => {
  const { supervisor, spec, events } = await startHarness();
  const { identity } = await supervisor.launch(spec('a', FOREVER));
  process.kill(identity?.pid ?? 0, 'SIGSTOP');
  await supervisor.stop('a', 0);
  expect(events.ofType('process.exited', 'a')).toMatchObject([{ exit: { signal: 'SIGKILL' } }]);
  expect(exists(identity?.pid ?? 0)).toBe(false);
});

test('stop: in backoff no start comes any more', async () => {
  const { supervisor, spec, events } = await startHarness();
  const policy = restart({ backoff: { initialMs: 100, maxMs: 100, resetAfterMs: 60_000 } });
  await supervisor.launch(spec('a', ['false'], policy));
  await events.phase('a', 'backoff');
  await supervisor.stop('a');
  // Longer than the backoff: a start that was not cancelled would be seen.
  await sleep(systemClock(), 200);
  expect(supervisor.get('a')?.phase).toBe('idle');
  expect(events.ofType('process.started', 'a')).toHaveLength(1);
});

test('launch while stopping: waits for the end and then starts', async () => {
  const { supervisor, spec } = await startHarness();
  const first = await supervisor.launch(spec('a', fixtureCommand('ignores-sigterm.sh')));
  await logLine(supervisor, 'a', /ready/);
  const stopped = supervisor.stop('a', 100);
  const second = await supervisor.launch(spec('a', FOREVER));
  await stopped;
  expect(exists(first.identity?.pid ?? 0)).toBe(false);
  expect(exists(second.identity?.pid ?? 0)).toBe(true);
  expect(supervisor.get('a')?.phase).toBe('running');
});

test('stop right after launch: the start is cancelled or ended, nothing is left', async () => {
  const { supervisor, spec } = await startHarness({ startLimit: 1 });
  const others = Promise.all([supervisor.launch(spec('x', FOREVER)), supervisor.launch(spec('y', FOREVER))]);
  const launched = supervisor.launch(spec('a', FOREVER));
  const outcome = expect(launched).rejects.toMatchObject({ code: 'DN_SUPERVISOR_START_CANCELLED' });
  await supervisor.stop('a');
  await outcome;
  await others;
  expect(supervisor.get('a')?.phase).toBe('idle');
});

test('restart: a new process with a clean history', async () => {
  const { supervisor, spec } = await startHarness();
  const first = await supervisor.launch(spec('a', FOREVER));
  const second = await supervisor.restart('a');
  expect(second.identity?.pid).not.toBe(first.identity?.pid);
  expect(exists(first.identity?.pid ?? 0)).toBe(false);
});

test('pipe: stdin and stdout are the streams, gone when the process is', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('echo-lines.mjs'), { stdio: 'pipe' }));
  const streams = supervisor.streams('a');
  streams?.stdin.write('hello\n');
  const chunk = await new Promise<Buffer>((resolve) => streams?.stdout.once('data', resolve));
  expect(chunk.toString()).toBe('hello\n');
  await supervisor.stop('a');
  expect(supervisor.streams('a')).toBeUndefined();
});

test('activity: a silent but busy tree moves and never goes backwards', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('silent-but-busy.sh')));
  const first = supervisor.activity('a');
  // Real CPU time has to pass, and the shared table is half a second old at most.
  await sleep(systemClock(), 900);
  const second = supervisor.activity('a');
  expect(second?.cpuMs).toBeGreaterThan((first?.cpuMs ?? 0) + 50);
  expect(supervisor.usage('a')?.residentBytes).toBeGreaterThan(100_000);
  await supervisor.stop('a', 0);
  expect(supervisor.activity('a')).toBeUndefined();
});

test('output closed: the process goes on and is not taken for dead', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', fixtureCommand('closes-output.sh')));
  await logLine(supervisor, 'a', /ready/);
  await sleep(systemClock(), 100); // time to be wrong
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', restarts: 0 });
});

test('shutdown: ends everything, and nothing starts any more', async () => {
  const { supervisor, spec } = await startHarness();
  const { identity } = await supervisor.launch(spec('a', FOREVER));
  await supervisor.shutdown({ leaveRunning: false });
  expect(exists(identity?.pid ?? 0)).toBe(false);
  await expect(supervisor.launch(spec('b', FOREVER))).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_SHUTTING_DOWN',
  });
});

test('store: a failing store is told and nothing stops', async () => {
  const { supervisor, spec, store, events } = await startHarness();
  store.isFailing = true;
  const { phase } = await supervisor.launch(spec('a', FOREVER));
  await events.atLeast('store.failed', 1);
  expect(phase).toBe('running');
  await supervisor.stop('a');
});
