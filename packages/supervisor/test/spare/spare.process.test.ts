import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpareView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { Supervisor } from '../../src/index.js';
import { readProcess } from '../../src/linux/process-table.js';
import { exists, type Harness, logLine, QUICK_RESTART, startHarness } from '../fixtures/harness.js';
import { leaders } from '../fixtures/marked.js';
import { OPENS_AND_SLEEPS, waitingShell } from './programs.js';

const WANTED = { waitsWithinMs: 10_000, afterMs: null };

const spareOf = (supervisor: Supervisor, id = 'a'): SpareView | undefined => supervisor.get(id)?.spare;
const pidOf = (supervisor: Supervisor, id = 'a') => supervisor.get(id)?.identity?.pid ?? 0;

/** One that serves, with a spare that waits. */
async function withSpare(harness: Harness, more: Parameters<Harness['spec']>[2] = {}) {
  const { supervisor, events, spec } = harness;
  supervisor.setSpare('a', WANTED);
  supervisor.allowSpares();
  await supervisor.launch(spec('a', waitingShell(), more));
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 1, 'a');
  return { serving: pidOf(supervisor), waiting: spareOf(supervisor)?.identity?.pid ?? 0 };
}

test('spare: it is booted beside the one that serves, waits, and is the one that serves when that ends', async () => {
  const harness = await startHarness();
  const { supervisor, events, instanceId, dir } = harness;
  const { serving, waiting } = await withSpare(harness);
  expect(leaders(instanceId, 'a').sort()).toEqual([serving, waiting].sort());
  expect(spareOf(supervisor)).toMatchObject({ phase: 'waiting', failures: 0, takeovers: 0 });
  expect(supervisor.spareUsage('a')?.processes).toBeGreaterThan(0);
  process.kill(serving, 'SIGKILL');
  const [took] = await events.atLeast('spare.took-over', 1, 'a');
  expect(took).toMatchObject({ identity: { pid: waiting }, previous: { pid: serving } });
  expect(pidOf(supervisor)).toBe(waiting);
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', restarts: 1 });
  expect(supervisor.get('a')?.lastExit).toMatchObject({ signal: 'SIGKILL', spare: { pid: waiting } });
  expect(await logLine(supervisor, 'a', new RegExp(`works ${waiting}$`))).toBe(`works ${waiting}`);
  // The next one follows when this one serves, in turn.
  expect(spareOf(supervisor)).toMatchObject({ phase: 'off', takeovers: 1 });
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 2, 'a');
  process.kill(waiting, 'SIGKILL');
  await events.atLeast('spare.took-over', 2, 'a');
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 3, 'a');
  await supervisor.stop('a');
  expect(leaders(instanceId, 'a')).toEqual([]);
  expect(readdirSync(join(dir, 'spares'))).toEqual([]);
});

test('spare: none before the fleet was started, none before its process serves', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setSpare('a', WANTED);
  await supervisor.launch(spec('a', waitingShell()));
  supervisor.markReady('a');
  expect(spareOf(supervisor)?.phase).toBe('off');
  supervisor.allowSpares();
  await events.atLeast('spare.waiting', 1, 'a');
  await supervisor.launch(spec('b', waitingShell()));
  supervisor.setSpare('b', WANTED);
  expect(spareOf(supervisor, 'b')?.phase).toBe('off');
});

test('spare: of one that nothing is asked of it is started when that has run for a while', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setSpare('a', { ...WANTED, afterMs: 50 });
  supervisor.allowSpares();
  await supervisor.launch(spec('a', waitingShell()));
  await events.atLeast('spare.waiting', 1, 'a');
});

test('spare: a program that does not know how to wait is ended, and said so; no second try', async () => {
  const { supervisor, spec, events, instanceId } = await startHarness();
  supervisor.setSpare('a', { waitsWithinMs: 100, afterMs: null });
  supervisor.allowSpares();
  await supervisor.launch(spec('a', ['sleep', '1000']));
  supervisor.markReady('a');
  const [refused] = await events.atLeast('spare.refused', 1, 'a');
  expect(refused?.problem).toContain('does not know how to wait');
  while (leaders(instanceId, 'a').length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(leaders(instanceId, 'a')).toEqual([pidOf(supervisor)]);
  supervisor.markReady('a');
  expect(spareOf(supervisor)).toMatchObject({ phase: 'refused', identity: null });
  // Without one the restart is the usual one.
  process.kill(pidOf(supervisor), 'SIGKILL');
  await events.atLeast('process.started', 2, 'a');
  expect(events.ofType('spare.took-over')).toEqual([]);
});

test('spare: one that ends while it waits is replaced, after a backoff, and counted', async () => {
  const harness = await startHarness();
  const { supervisor, events } = harness;
  const { serving, waiting } = await withSpare(harness);
  process.kill(waiting, 'SIGKILL');
  const [failed] = await events.atLeast('spare.failed', 1, 'a');
  expect(failed?.problem).toBe('it ended while it waited, by SIGKILL');
  expect(spareOf(supervisor)).toMatchObject({ phase: 'resting', failures: 1 });
  await events.atLeast('spare.waiting', 2, 'a');
  expect(spareOf(supervisor)?.identity?.pid).not.toBe(waiting);
  expect(pidOf(supervisor)).toBe(serving);
  expect(supervisor.get('a')).toMatchObject({ restarts: 0, phase: 'running' });
});

test('spare: one that is stopped is not given the turn; the restart is the usual one', async () => {
  const harness = await startHarness();
  const { supervisor, events } = harness;
  const { serving, waiting } = await withSpare(harness);
  process.kill(waiting, 'SIGSTOP');
  // A signal is taken in when the process is next looked at.
  while (readProcess(waiting)?.state !== 'T') await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(serving, 'SIGKILL');
  await events.atLeast('process.started', 2, 'a');
  expect(pidOf(supervisor)).not.toBe(waiting);
  expect(events.ofType('spare.took-over')).toEqual([]);
  while (exists(waiting)) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('spare: one still booting is the next process all the same', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setSpare('a', WANTED);
  supervisor.allowSpares();
  await supervisor.launch(spec('a', waitingShell('echo boots; sleep 0.5;')));
  supervisor.markReady('a');
  await logLine(supervisor, 'a', /boots/);
  // It may have written before we are told that it runs.
  while (spareOf(supervisor)?.phase === 'starting') await new Promise((resolve) => setTimeout(resolve, 5));
  const booting = spareOf(supervisor);
  expect(booting?.phase).toBe('booting');
  process.kill(pidOf(supervisor), 'SIGKILL');
  const [took] = await events.atLeast('spare.took-over', 1, 'a');
  expect(took?.identity.pid).toBe(booting?.identity?.pid);
  expect(await logLine(supervisor, 'a', new RegExp(`works ${took?.identity.pid}$`))).toBeTruthy();
});

test('spare: a loop of crashes uses one, then backs off, and its circuit opens as without', async () => {
  const { supervisor, spec, events, instanceId } = await startHarness();
  supervisor.setSpare('a', WANTED);
  supervisor.allowSpares();
  await supervisor.launch(spec('a', waitingShell()));
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 1, 'a');
  for (let crash = 0; crash < 6; crash += 1) {
    process.kill(pidOf(supervisor), 'SIGKILL');
    await events.atLeast('process.exited', crash + 1, 'a');
    if (crash < 5) await events.atLeast('process.started', crash + 2, 'a');
  }
  expect(supervisor.get('a')?.phase).toBe('broken');
  expect(events.ofType('spare.took-over')).toHaveLength(1);
  expect(leaders(instanceId, 'a')).toEqual([]);
});

test('spare: not wanted any more it ends, and what serves goes on', async () => {
  const harness = await startHarness();
  const { supervisor, instanceId } = harness;
  const { serving } = await withSpare(harness);
  supervisor.setSpare('a', null);
  while (leaders(instanceId, 'a').length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(leaders(instanceId, 'a')).toEqual([serving]);
  expect(spareOf(supervisor)).toBeUndefined();
});

test('spare: one that did not read its turn is killed, which its end says, and another is started', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setSpare('a', WANTED);
  supervisor.allowSpares();
  await supervisor.launch(spec('a', OPENS_AND_SLEEPS));
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 1, 'a');
  process.kill(pidOf(supervisor), 'SIGKILL');
  // Three seconds of the real clock: so long it may take.
  const [, second] = await events.atLeast('process.exited', 2, 'a');
  expect(second?.exit).toMatchObject({
    ...{ signal: 'SIGKILL', reason: 'it waited as a spare and did not take its turn' },
  });
  await events.atLeast('process.started', 3, 'a');
});

test('spare: who has done its work and ends takes its spare along', async () => {
  const { supervisor, spec, events, instanceId } = await startHarness();
  supervisor.setSpare('a', { ...WANTED, afterMs: 0 });
  supervisor.allowSpares();
  const done = ['/bin/bash', '-c', `${waitingShell()[2]}`.replace('while :;', 'while ! test -e done;')];
  const restart = { ...QUICK_RESTART, type: 'transient' } as const;
  const { cwd } = spec('a', done);
  await supervisor.launch(spec('a', done, { restart }));
  await events.atLeast('spare.waiting', 1, 'a');
  writeFileSync(join(cwd, 'done'), '');
  await events.phase('a', 'exited');
  while (leaders(instanceId, 'a').length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events.ofType('spare.took-over')).toEqual([]);
});

test('spare: it has limits of its own, and none is left behind', async () => {
  const harness = await startHarness();
  const { supervisor, events } = harness;
  const { serving, waiting } = await withSpare(harness, { resources: { pids: 20 } });
  const place = (pid: number) => readdirSync(`/proc/${pid}`).length > 0;
  expect([serving, waiting].every(place)).toBe(true);
  process.kill(serving, 'SIGKILL');
  await events.atLeast('spare.took-over', 1, 'a');
  expect(pidOf(supervisor)).toBe(waiting);
  await supervisor.stop('a');
});
