import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry, ScaleView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { ReactionOutcome } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

const ps = async (it: DaemonProcess) => (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents;
const pidOf = async (it: DaemonProcess, name: string) =>
  (await ps(it)).find((one) => one.name === name)?.pid ?? null;
/** Of one that is gone by now: nothing. */
const env = (pid: number | null): string => {
  try {
    return pid === null ? '' : readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
};
/** Long enough that a roll is under way when the next change comes. */
const POOL = {
  ...{ runtime: 'custom', command: ['sleep', '1000'], replicas: 2 },
  restart: { backoff: { resetAfter: '500ms' } },
};

test('bound files: a folder behind a link that is swapped is a change, again and again', async () => {
  const it = daemonOfTest({
    agents: {
      a: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [{ type: 'files', config: { path: 'cfg/current/app.yaml', onChange: 'restart' } }],
      },
    },
  });
  const release = (name: string) => {
    const folder = join(it.folder, 'cfg', 'releases', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'app.yaml'), name);
    symlinkSync(join('releases', name), join(it.folder, 'cfg', 'next'));
    renameSync(join(it.folder, 'cfg', 'next'), join(it.folder, 'cfg', 'current'));
  };
  release('1');
  await it.up();
  for (const name of ['2', '3']) {
    const before = await pidOf(it, 'a');
    release(name);
    await it.until(`a process for release ${name}`, async () => {
      const pid = await pidOf(it, 'a');
      return pid !== null && pid !== before;
    });
  }
});

test('bound files: what changed while no daemon ran restarts who was started before, once, and nobody else', async () => {
  const bound = (path: string) => ({
    ...{ runtime: 'custom', command: ['sleep', '1000'] },
    bindings: [{ type: 'files', config: { path, onChange: 'restart' } }],
  });
  const it = daemonOfTest({
    agents: {
      changed: bound('changed.yaml'),
      secret: {
        ...{ runtime: 'custom', command: ['sleep', '1000'] },
        bindings: [{ type: 'secrets', config: { K: { from: 'file', path: 'key', onChange: 'restart' } } }],
      },
      touched: bound('touched.yaml'),
      ended: bound('ended.yaml'),
    },
  });
  const write = (text: string) => {
    for (const name of ['changed.yaml', 'key', 'ended.yaml']) writeFileSync(join(it.folder, name), text);
    writeFileSync(join(it.folder, 'touched.yaml'), 'the same');
  };
  write('value-number-one');
  await it.up();
  const pids = async () => Object.fromEntries((await ps(it)).map(({ name, pid }) => [name, pid]));
  const before = await pids();
  await it.kill('SIGKILL');
  write('value-number-two');
  process.kill(before.ended ?? 0, 'SIGKILL');
  await it.up();
  await it.until('the new values', async () => {
    const { changed, secret } = await pids();
    const isNew = changed !== before.changed && secret !== before.secret;
    return isNew && typeof changed === 'number' && env(secret ?? null).includes('value-number-two');
  });
  const restarts = async () => Object.fromEntries((await ps(it)).map((one) => [one.name, one.restarts]));
  const after = await pids();
  // Ended meanwhile, it was started with what is there now.
  expect(await restarts()).toMatchObject({ touched: 0, ended: 1 });
  expect(after).toMatchObject({ touched: before.touched });
  await it.kill('SIGKILL');
  await it.up();
  expect(await pids()).toEqual(after);
});

test('bound files: replicas take a change over one after the other', async () => {
  const it = daemonOfTest({
    agents: {
      pool: {
        ...POOL,
        bindings: [{ type: 'secrets', config: { K: { from: 'file', path: 'key', onChange: 'restart' } } }],
      },
    },
  });
  writeFileSync(join(it.folder, 'key'), 'value-number-one');
  await it.up();
  const both = () => [...it.processes()].flatMap(([id, pids]) => (id.startsWith('pool#') ? pids : []));
  await it.until('both', () => both().length === 2);
  writeFileSync(join(it.folder, 'key'), 'value-number-two');
  let fewest = 2;
  await it.until('the new value in both', async () => {
    const pids = (await ps(it)).flatMap(({ replicaOf, pid }) => (replicaOf === 'pool' ? [pid] : []));
    fewest = Math.min(fewest, pids.filter((pid) => pid !== null).length);
    const scale = await it.client().get<ScaleView>('/api/agents/pool/scale');
    return scale.rolling?.isOver && pids.length === 2 && pids.every((pid) => env(pid).includes('number-two'));
  });
  expect(fewest).toBe(2);
});

test('secrets: the rolling restart that was to follow another one follows it under the next daemon, too', async () => {
  const it = await startDaemon({
    agents: {
      pool: { ...POOL, bindings: [{ type: 'secrets', config: { K: { from: 'vault', key: 'key' } } }] },
    },
  });
  const set = async (value: string) =>
    (await it.client().send<{ outcomes: ReactionOutcome[] }>('PUT', '/api/vault/key', { value })).outcomes;
  await set('value-number-one');
  await it.until('both to serve', async () => {
    const { serving } = await it.client().get<ScaleView>('/api/agents/pool/scale');
    return serving === 2;
  });
  await set('value-number-two');
  const pids = async () =>
    (await ps(it)).flatMap(({ replicaOf, pid }) => (replicaOf === 'pool' ? [pid] : []));
  // It keeps its number: what is left of this rolling restart does not replace it again.
  await it.until('the first one to be replaced', async () =>
    env(await pidOf(it, 'pool#1')).includes('value-number-two'),
  );
  expect(await set('value-number-three')).toMatchObject([{ because: expect.stringContaining('follows') }]);
  await it.kill('SIGKILL');
  await it.up();
  await it.until('the newest value in both', async () => {
    const found = await pids();
    return found.length === 2 && found.every((pid) => env(pid).includes('value-number-three'));
  });
});

test('secret files: those of an agent that has done its work are removed while the daemon goes on', async () => {
  const it = daemonOfTest({
    agents: {
      job: {
        runtime: 'custom',
        command: ['sh', '-c', 'echo "$K" > where; while [ ! -e done ]; do sleep 0.05; done'],
        restart: { policy: 'transient' },
        bindings: [{ type: 'secrets', config: { K: { from: 'file', path: 'key', as: 'file' } } }],
      },
    },
  });
  writeFileSync(join(it.folder, 'key'), 'value-number-one');
  await it.up();
  const where = join(it.folder, 'where');
  const path = await it.until('the agent', () => existsSync(where) && readFileSync(where, 'utf8').trim());
  expect(readFileSync(path, 'utf8')).toBe('value-number-one');
  writeFileSync(join(it.folder, 'done'), '');
  await it.until('the file to be gone', () => !existsSync(path));
  expect(it.cli('start', 'job').stdout).toMatch(/finished/);
  await it.until('the file to be gone again', () => !existsSync(path));
});
