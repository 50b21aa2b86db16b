import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupOutcome, GroupView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';
import { everybodyRuns, noted, notes, noting, pids, ps } from './noted-fleet.js';

/** Goes on with its end once the file `d.may-end` is there. */
const SLOW_END = 'touch d.ends; while ! test -e d.may-end; do sleep 0.02; done';

const agent = (name: string, atEnd = ':') => ({
  runtime: 'custom',
  command: noting(name, ':', atEnd),
  restart: { backoff: { initial: '20ms', max: '50ms', resetAfter: '200ms' } },
  stop: { deadline: '30s' },
});
const AGENTS = { a: agent('a'), b: agent('b'), c: agent('c'), d: agent('d', SLOW_END) };
const outer = (rest: object = {}) => ({ strategy: 'rest_for_one', members: ['a', 'inner', 'd'], ...rest });
const inner = { members: ['b', 'c'] };
const FLEET = { agents: AGENTS, groups: { outer: outer(), inner } };

/** A fleet in which the whole group is being restarted, and `d` takes its time to end. */
async function startRestart(fleet: object = FLEET) {
  const daemon = await startDaemon(fleet);
  await noted(daemon, 4);
  await everybodyRuns(daemon);
  const before = await pids(daemon);
  const it = daemon;
  const asked = it.client().send<GroupOutcome>('POST', '/api/groups/outer/restart');
  await it.until('d to be asked to end', () => existsSync(join(it.folder, 'd.ends')));
  return { it, before, asked };
}

const edit = (it: DaemonProcess, fleet: object) => {
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, ...fleet }));
  return it.client().send('POST', '/api/apply');
};
const letEnd = (it: DaemonProcess) => writeFileSync(join(it.folder, 'd.may-end'), '');
const ALL = ['a', 'b', 'c', 'd'];
const starts = ALL.map((name) => `${name} starts`);

test('a change of the file during a group restart: other numbers, and nobody is lost, everybody is new, whoever asked is told', async () => {
  const { it, before, asked } = await startRestart();
  await edit(it, { ...FLEET, groups: { outer: outer({ intensity: 4 }), inner } });
  letEnd(it);
  expect(await asked).toMatchObject({ phase: 'running', running: 4, intensity: 4, notRunning: [] });
  expect((await noted(it, 12)).slice(4)).toEqual(['d ends', 'c ends', 'b ends', 'a ends', ...starts]);
  const after = await pids(it);
  expect(ALL.filter((name) => after[name] === before[name] || !after[name])).toEqual([]);
});

test('a change of the file during a group restart: the groups are gone, and what was begun is finished', async () => {
  const { it, before, asked } = await startRestart();
  await edit(it, { agents: AGENTS });
  letEnd(it);
  expect(await asked).toMatchObject({ name: 'outer', running: 4, notRunning: [] });
  const after = await pids(it);
  expect(ALL.filter((name) => after[name] === before[name] || !after[name])).toEqual([]);
  expect((await it.client().get<{ groups: GroupView[] }>('/api/groups')).groups).toEqual([]);
});

test('a change of the file during a group restart: a member is gone, and the others are restarted', async () => {
  const { it, before, asked } = await startRestart();
  const { d: _, ...agents } = AGENTS;
  const applied = edit(it, { agents, groups: { outer: outer({ members: ['a', 'inner'] }), inner } });
  letEnd(it);
  await applied;
  expect(await asked).toMatchObject({ running: 3, notRunning: [] });
  expect((await noted(it, 11)).slice(4)).toEqual([
    'd ends',
    'c ends',
    'b ends',
    'a ends',
    ...starts.slice(0, 3),
  ]);
  const after = await pids(it);
  expect(Object.keys(after)).toEqual(['a', 'b', 'c']);
  expect(['a', 'b', 'c'].filter((name) => after[name] === before[name])).toEqual([]);
});

test('a change of the file during a group restart: those that wait for one that is not ready go on to wait, in order', async () => {
  const probe = { health: { probe: { exec: ['test', '-e', 'a.ready'] }, readiness: { every: '100ms' } } };
  const agents = { ...AGENTS, a: { ...AGENTS.a, ...probe }, d: agent('d') };
  const daemon = daemonOfTest({ agents, groups: FLEET.groups });
  const it = daemon;
  writeFileSync(join(it.folder, 'a.ready'), '');
  await it.up();
  await noted(it, 4);
  await everybodyRuns(it);
  rmSync(join(it.folder, 'a.ready'));
  process.kill((await pids(it)).a ?? 0, 'SIGKILL');
  expect((await noted(it, 8)).slice(4)).toEqual(['d ends', 'c ends', 'b ends', 'a starts']);
  await it.until('b to wait', async () => (await ps(it)).get('b')?.phase === 'waiting');
  await edit(it, { agents, groups: { outer: outer({ intensity: 4 }), inner } });
  expect([...(await ps(it)).values()].map(({ phase }) => phase)).toEqual([
    'running',
    'waiting',
    'waiting',
    'waiting',
  ]);
  writeFileSync(join(it.folder, 'a.ready'), '');
  expect((await noted(it, 11)).slice(8)).toEqual(starts.slice(1));
});

test('a change of the file during a group restart: who changed itself gets its new process in its turn, once', async () => {
  const { it, before, asked } = await startRestart();
  const env = { env: { CHANGED: 'yes' } };
  const agents = { ...AGENTS, a: { ...AGENTS.a, ...env }, d: { ...AGENTS.d, ...env } };
  const applied = edit(it, { ...FLEET, agents });
  letEnd(it);
  await applied;
  expect(await asked).toMatchObject({ running: 4, notRunning: [] });
  expect((await noted(it, 12)).slice(4)).toEqual(['d ends', 'c ends', 'b ends', 'a ends', ...starts]);
  const after = await pids(it);
  expect(ALL.filter((name) => after[name] === before[name] || !after[name])).toEqual([]);
  expect(notes(it)).toHaveLength(12);
  const isNew = (name: string) =>
    readFileSync(`/proc/${after[name]}/environ`, 'utf8').includes('CHANGED=yes');
  expect(ALL.map(isNew)).toEqual([true, false, false, true]);
});
