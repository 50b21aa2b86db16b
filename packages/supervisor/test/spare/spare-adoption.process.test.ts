import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SupervisedProcess } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../src/index.js';
import { Events, exists, FakeStore, logLine, specIn } from '../fixtures/harness.js';
import { leaders } from '../fixtures/marked.js';
import { waitingShell } from './programs.js';

const DAEMON = fileURLToPath(new URL('../fixtures/daemon.mjs', import.meta.url));

async function gone(pid: number): Promise<void> {
  while (exists(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A supervisor of its own with a spare that waits, killed with SIGKILL. */
async function leaveBehind() {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-spare-'));
  const instanceId = createId('daemon');
  const spec = specIn(dir)('a', waitingShell());
  const daemon = spawn(process.execPath, [DAEMON, dir, JSON.stringify([spec]), instanceId, '[]', '', 'a'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    daemon.kill('SIGKILL');
    for (const pid of leaders(instanceId)) process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: daemon.stdout }).once('line', resolve),
  );
  daemon.kill('SIGKILL');
  await new Promise((resolve) => daemon.once('exit', resolve));
  const [left] = (JSON.parse(line) as { list: SupervisedProcess[] }).list;
  return {
    ...{ dir, instanceId, spec },
    serving: left?.identity?.pid ?? 0,
    waiting: left?.spare?.identity?.pid ?? 0,
  };
}

/** The next supervisor; `isStored`: what the earlier one wrote down is there. */
async function nextSupervisor(
  { dir, instanceId }: { dir: string; instanceId: string },
  { isStored = true, isWanted = true } = {},
) {
  const events = new Events();
  const store = new FakeStore();
  const file = join(dir, 'store.json');
  const stored: [string, unknown][] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  if (isStored) for (const [key, value] of stored) store.values.set(key, value);
  const supervisor = createSupervisor({
    ...{ instanceId, store, logDir: join(dir, 'logs'), publish: events.publish },
  });
  onTestFinished(() => supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 }));
  if (isWanted) supervisor.setSpare('a', { waitsWithinMs: 10_000, afterMs: null });
  supervisor.allowSpares();
  await supervisor.start();
  return { supervisor, events };
}

test('spare: after kill -9 of the supervisor it is adopted as a spare, not doubled, and takes over', async () => {
  const left = await leaveBehind();
  const { supervisor, events } = await nextSupervisor(left);
  expect(await supervisor.adopt([left.spec])).toMatchObject({ adopted: ['a'] });
  await events.atLeast('spare.waiting', 1, 'a');
  expect(supervisor.get('a')).toMatchObject({
    ...{ phase: 'running', isAdopted: true, identity: { pid: left.serving } },
    spare: { phase: 'waiting', identity: { pid: left.waiting } },
  });
  expect(leaders(left.instanceId).sort()).toEqual([left.serving, left.waiting].sort());
  process.kill(left.serving, 'SIGKILL');
  await events.atLeast('spare.took-over', 1, 'a');
  expect(await logLine(supervisor, 'a', new RegExp(`works ${left.waiting}$`))).toBeTruthy();
  // Its own end is followed as that of every process.
  process.kill(left.waiting, 'SIGKILL');
  await events.atLeast('process.started', 3, 'a');
  expect(supervisor.get('a')?.phase).toBe('running');
  await supervisor.stop('a');
  expect(leaders(left.instanceId)).toEqual([]);
  expect(readdirSync(join(left.dir, 'spares'))).toEqual([]);
});

test('spare: whoever served ends while nobody supervises: the next supervisor lets the spare take over', async () => {
  const left = await leaveBehind();
  process.kill(left.serving, 'SIGKILL');
  await gone(left.serving);
  const { supervisor, events } = await nextSupervisor(left);
  expect(await supervisor.adopt([left.spec])).toMatchObject({ restarted: ['a'] });
  const [took] = await events.atLeast('spare.took-over', 1, 'a');
  expect(took).toMatchObject({ identity: { pid: left.waiting }, previous: { pid: left.serving } });
  expect(await logLine(supervisor, 'a', new RegExp(`works ${left.waiting}$`))).toBeTruthy();
  expect(leaders(left.instanceId)).toEqual([left.waiting]);
});

test('spare: without a record it is still known by its line, and not taken for a second instance', async () => {
  const left = await leaveBehind();
  const { supervisor } = await nextSupervisor(left, { isStored: false });
  expect(await supervisor.adopt([left.spec])).toMatchObject({ adopted: ['a'] });
  expect(supervisor.get('a')).toMatchObject({
    ...{ identity: { pid: left.serving } },
    spare: { identity: { pid: left.waiting } },
  });
});

test('spare: one that nobody wants any more is ended by the next supervisor, and never works', async () => {
  const left = await leaveBehind();
  const { supervisor } = await nextSupervisor(left, { isWanted: false });
  expect(await supervisor.adopt([left.spec])).toMatchObject({ adopted: ['a'] });
  await gone(left.waiting);
  expect(leaders(left.instanceId)).toEqual([left.serving]);
});

test('spare: a turn that died with the supervisor is given again to whoever serves', async () => {
  const left = await leaveBehind();
  process.kill(left.serving, 'SIGKILL');
  await gone(left.serving);
  // As if the earlier one had written down that it took over, and died before the spare could read so.
  const file = join(left.dir, 'store.json');
  const stored = new Map<string, Record<string, unknown>>(JSON.parse(readFileSync(file, 'utf8')));
  const record = stored.get('a') ?? {};
  const { spare, ...rest } = record as { spare: { identity: object; generation: number } };
  stored.set('a', { ...rest, ...spare, place: 1 });
  writeFileSync(file, JSON.stringify([...stored]));
  const { supervisor } = await nextSupervisor(left);
  expect(await supervisor.adopt([left.spec])).toMatchObject({ adopted: ['a'] });
  expect(supervisor.get('a')?.identity?.pid).toBe(left.waiting);
  expect(await logLine(supervisor, 'a', new RegExp(`works ${left.waiting}$`))).toBeTruthy();
});

test('spare: one that died with the supervisor is replaced when its process serves', async () => {
  const left = await leaveBehind();
  process.kill(left.waiting, 'SIGKILL');
  await gone(left.waiting);
  const { supervisor, events } = await nextSupervisor(left);
  await supervisor.adopt([left.spec]);
  expect(supervisor.get('a')?.spare?.phase).toBe('off');
  // Nobody waits on the old one's line any more.
  expect(readdirSync(join(left.dir, 'spares'))).toEqual([]);
  supervisor.markReady('a');
  await events.atLeast('spare.waiting', 1, 'a');
  expect(leaders(left.instanceId)).toHaveLength(2);
});
