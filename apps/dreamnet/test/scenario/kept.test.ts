import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DreamnetEvent, ExitRecord, PsEntry } from '@dreamnet/contracts';
import { hasSpawner } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { hasEnded, readProcessStat } from '../../src/process-stat.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
/** Ends with a code of its own when it is asked to, once the file `PID.there` says that it can be. */
const polite = {
  runtime: 'custom',
  command: ['sh', '-c', 'trap "exit 7" TERM; : > $$.there; while :; do sleep 0.05; done'],
};

interface Kept {
  readonly it: DaemonProcess;
  readonly up: ChildProcess;
  /** The pid of the daemon's present life, once it answers and is not the given one. */
  nextLife(after?: number): Promise<number>;
  agent(name: string): Promise<PsEntry>;
}

async function startKept(agents: object): Promise<Kept> {
  const it = prepareDaemon({ agents });
  const record = join(it.stateDir, 'daemon.json');
  const args = [
    'up',
    '--keep',
    '-f',
    join(it.folder, 'dreamnet.yaml'),
    '--state',
    it.stateDir,
    '--port',
    '0',
  ];
  const up = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore' });
  const pidNow = () => (existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')).pid as number) : 0);
  onTestFinished(async () => {
    // The keeper is the last to write into the folder, so its end is waited for, too.
    const pid = pidNow();
    const ending = pid === 0 ? [] : [pid, ...[parentOf(pid)].filter(isKeeper)];
    if (pid !== 0) it.cli('down');
    await it.until('daemon and keeper to end', () => ending.every(isOver));
    up.kill('SIGKILL');
    await it.remove();
  });
  const nextLife = (after = 0) =>
    it.until('a daemon that answers', async () => {
      const pid = pidNow();
      if (pid === 0 || pid === after) return undefined;
      const answer = it.client().get('/readyz');
      return answer.then(
        () => pid,
        () => undefined,
      );
    });
  await nextLife();
  const agent = async (name: string) =>
    (await it.client().get<{ agent: PsEntry }>(`/api/agents/${name}`)).agent;
  return { it, up, nextLife, agent };
}

const isThere = (it: DaemonProcess, { name, pid }: PsEntry) =>
  it.until(`${name} to be there`, () => existsSync(join(it.folder, `${pid}.there`)));

/** What the journal says of the end of this process. */
function exitOf(it: DaemonProcess, pid: number | null): Promise<ExitRecord> {
  return it.until('its end in the journal', () => {
    const lines = it.cli('events', '--json').stdout.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as DreamnetEvent);
    const exits = events.flatMap((event) => (event.type === 'process.exited' ? [event.data] : []));
    return exits.find(({ identity }) => identity.pid === pid)?.exit;
  });
}

/** What the kernel says of a process; nothing once it has ended, which it may at any moment. */
function readOf(pid: number, file: 'status' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(readOf(pid, 'status'))?.[1]);
const isKeeper = (pid: number) => readOf(pid, 'cmdline').includes('keep.py');
const isOver = (pid: number) => hasEnded(readProcessStat(pid));

const phaseNow = async (it: DaemonProcess, name: string) => {
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  return agents.find((one) => one.name === name)?.phase;
};

test('kept: a killed daemon is back by itself, agents keep their pids, and how one ended meanwhile is known', async () => {
  const { it, nextLife, agent } = await startKept({ a: polite, b: polite });
  const before = { a: await agent('a'), b: await agent('b') };
  await isThere(it, before.b);
  const first = await nextLife();
  process.kill(first, 'SIGKILL');
  process.kill(before.b.pid ?? 0, 'SIGTERM');
  await nextLife(first);
  expect((await agent('a')).pid).toBe(before.a.pid);
  const b = await it.until('b to be back', async () => {
    const now = await agent('b');
    return now.pid !== null && now.pid !== before.b.pid && now;
  });
  expect(b.restarts).toBe(1);
  expect(await exitOf(it, before.b.pid)).toMatchObject({ isKnown: true, code: 7, signal: null });
  expect([...it.processes().values()].map((pids) => pids.length)).toEqual([1, 1]);
});

test('kept: how an adopted agent ends is known, because the keeper has become its parent', async () => {
  const { it, nextLife, agent } = await startKept({ a: polite });
  const before = await agent('a');
  await isThere(it, before);
  const first = await nextLife();
  process.kill(first, 'SIGKILL');
  await nextLife(first);
  process.kill(before.pid ?? 0, 'SIGTERM');
  const after = await it.until('a to be back', async () => {
    const now = await agent('a');
    return now.pid !== null && now.pid !== before.pid && now;
  });
  expect(after.restarts).toBe(1);
  expect(await exitOf(it, before.pid)).toMatchObject({ isKnown: true, code: 7, signal: null });
});

test('kept: killing the keeper touches nothing; another one keeps the same daemon', async () => {
  const { it, nextLife, agent } = await startKept({ a: polite });
  const before = await agent('a');
  const first = await nextLife();
  const keeper = parentOf(first);
  process.kill(keeper, 'SIGKILL');
  const another = await it.until('another keeper', () => {
    return readFileSync(`/proc/${first}/task/${first}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .find((pid) => pid > 0 && isKeeper(pid));
  });
  expect(another).not.toBe(keeper);
  expect(await nextLife()).toBe(first);
  await it.until('it to watch', () => readOf(another, 'status').includes('State:\tS'));
  process.kill(first, 'SIGKILL');
  const second = await nextLife(first);
  expect(parentOf(second)).toBe(another);
  expect((await agent('a')).pid).toBe(before.pid);
  expect(it.processes().get('a')).toEqual([before.pid]);
});

test('kept: down ends the daemon, its agents and the keeper', async () => {
  const { it, up, nextLife } = await startKept({ a: polite });
  await nextLife();
  const ended = new Promise((resolve) => up.once('exit', (code) => resolve(code)));
  expect(it.cli('down').status).toBe(0);
  expect(await ended).toBe(0);
  expect(it.processes().size).toBe(0);
});

test('kept: a daemon that is killed in the middle of down is not brought back to run the fleet: the rest is ended', async () => {
  const stubborn = ['sh', '-c', 'trap "" TERM; touch ready; while test ! -e go; do sleep 0.05; done; exit 4'];
  const { it, up, nextLife } = await startKept({
    a: { runtime: 'custom', command: stubborn, stop: { deadline: '60s' } },
  });
  const pid = await nextLife();
  await it.until('its trap to be set', () => existsSync(join(it.folder, 'ready')));
  const ended = new Promise((resolve) => up.once('exit', (code) => resolve(code)));
  const down = spawn(process.execPath, [BIN, 'down', '--state', it.stateDir], { stdio: 'ignore' });
  const over = new Promise((resolve) => down.once('exit', resolve));
  await it.until('the end to begin', async () => (await phaseNow(it, 'a')) === 'stopping');
  process.kill(pid, 'SIGKILL');
  await over;
  writeFileSync(join(it.folder, 'go'), '');
  expect(await ended).toBe(0);
  expect(it.processes().size).toBe(0);
  expect(existsSync(join(it.stateDir, 'ending.json'))).toBe(false);
});

test('kept: a keeper that is killed in the middle of the end leaves the rest to the daemon, and nothing after it', async () => {
  const stubborn = ['sh', '-c', 'trap "" TERM; touch ready; while test ! -e go; do sleep 0.05; done; exit 4'];
  const { it, nextLife } = await startKept({
    a: { runtime: 'custom', command: stubborn, stop: { deadline: '60s' } },
  });
  const pid = await nextLife();
  await it.until('its trap to be set', () => existsSync(join(it.folder, 'ready')));
  const keeper = parentOf(pid);
  process.kill(keeper, 'SIGTERM');
  await it.until('the end to begin', async () => (await phaseNow(it, 'a')) === 'stopping');
  process.kill(keeper, 'SIGKILL');
  await it.until('the keeper to end', () => isOver(keeper));
  expect(await phaseNow(it, 'a')).toBe('stopping');
  writeFileSync(join(it.folder, 'go'), '');
  await it.until('the daemon to end', () => isOver(pid));
  await it.until('the spawner to end', () => !hasSpawner(it.stateDir));
  expect(it.processes().size).toBe(0);
  for (const file of ['ending.json', 'daemon.json', 'left-running.json'])
    expect(existsSync(join(it.stateDir, file))).toBe(false);
});
