import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupOutcome } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { everybodyRuns, noted, notes, noting, pids } from './noted-fleet.js';

const agent = (name: string, atEnd = ':', more: object = {}) => ({
  runtime: 'custom',
  command: noting(name, ':', atEnd),
  restart: { backoff: { initial: '20ms', max: '50ms', resetAfter: '200ms' } },
  stop: { deadline: '30s' },
  ...more,
});
/** Goes on with its end once the file `d.may-end` is there. */
const SLOW_END = 'touch d.ends; while ! test -e d.may-end; do sleep 0.02; done';
const groups = {
  outer: { strategy: 'one_for_all', members: ['inner', 'd'] },
  inner: { members: ['a', 'b'] },
};

/** A fleet whose group is being ended, to be stopped or started anew; `d`, which is the first to end, takes its time. */
async function begin(order: 'restart' | 'stop', more: object = {}) {
  const it = await startDaemon({
    agents: { a: agent('a'), b: agent('b', ':', more), d: agent('d', SLOW_END) },
    groups,
  });
  await everybodyRuns(it);
  const asked = it.client().send<GroupOutcome>('POST', `/api/groups/outer/${order}`);
  await it.until('d to be asked to end', () => existsSync(join(it.folder, 'd.ends')));
  return { it, asked };
}
const written = (it: DaemonProcess, action: string) =>
  it.until(`${action} to be written down`, () =>
    it.cli('events', '--json').stdout.includes(`"action":"${action}"`),
  );
const letEnd = (it: DaemonProcess) => writeFileSync(join(it.folder, 'd.may-end'), '');
const running = async (it: DaemonProcess) =>
  Object.entries(await pids(it)).flatMap(([name, pid]) => (pid > 0 ? [name] : []));
/** What an order begins in the background has been done when two looks in a row agree with it. */
const staysSo = async (it: DaemonProcess, names: string[]) => {
  await it.until(
    `${names.join(', ') || 'nobody'} to run`,
    async () => String(await running(it)) === String(names),
  );
  // Whoever is started wrongly is started right after the others.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await running(it)).toEqual(names);
};

test('a group that is stopped while it is being restarted ends, and stays so', async () => {
  const { it, asked } = await begin('restart');
  const stopping = it.client().send<GroupOutcome>('POST', '/api/groups/outer/stop');
  await written(it, 'group.stop');
  letEnd(it);
  expect(await stopping).toMatchObject({ phase: 'idle', running: 0 });
  await asked;
  await staysSo(it, []);
});

test('a member that is stopped while its group is being restarted stays so, and the others are started', async () => {
  const { it, asked } = await begin('restart');
  await it.client().send('POST', '/api/agents/a/stop');
  letEnd(it);
  expect(await asked).toMatchObject({ running: 2, notRunning: [] });
  await staysSo(it, ['b', 'd']);
});

test('a replica that is stopped while its group is being restarted stays so, and its like is started', async () => {
  const { it, asked } = await begin('restart', { replicas: 2 });
  await it.client().send('POST', '/api/agents/b%231/stop');
  letEnd(it);
  await asked;
  await it.until('all others to run', async () => (await running(it)).length === 3);
  await staysSo(
    it,
    (await running(it)).filter((name) => name !== 'b#1'),
  );
});

test('a member that is frozen with its end while its group is being restarted stays ended', async () => {
  const { it, asked } = await begin('restart', { resources: { budget: { calls: 5, per: 'day' } } });
  await it.client().send('POST', '/api/freeze', { name: 'b', stop: true });
  letEnd(it);
  await asked;
  await staysSo(it, ['a', 'd']);
});

test('a group that is started, or restarted, while it is being stopped runs in the end', async () => {
  for (const order of ['start', 'restart']) {
    const { it, asked } = await begin('stop');
    const later = it.client().send<GroupOutcome>('POST', `/api/groups/outer/${order}`);
    await written(it, `group.${order}`);
    letEnd(it);
    await Promise.all([asked, later]);
    await staysSo(it, ['a', 'b', 'd']);
  }
});

test('a group that is stopped while it is being started ends, and who had not been started is not', async () => {
  const probe = { health: { probe: { exec: ['test', '-e', 'a.ready'] }, readiness: { every: '100ms' } } };
  const it = await startDaemon({
    agents: { a: agent('a', ':', probe), b: agent('b'), d: agent('d') },
    groups,
  });
  await noted(it, 1);
  await it.client().send('POST', '/api/groups/outer/stop');
  const starting = it.client().send<GroupOutcome>('POST', '/api/groups/outer/start');
  await noted(it, 3);
  expect(await it.client().send('POST', '/api/groups/outer/stop')).toMatchObject({
    phase: 'idle',
    running: 0,
  });
  await starting;
  writeFileSync(join(it.folder, 'a.ready'), '');
  await staysSo(it, []);
  expect(notes(it).filter((note) => /^[bd] starts/.test(note))).toEqual([]);
});
