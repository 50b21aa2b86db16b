import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, GroupView, Incident } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { everybodyRuns, noted, notes, noting, pids, ps } from './noted-fleet.js';

/** Notes its start and its end; fails at once while the file `NAME.broken` is there. */
const agent = (name: string, rest: object = {}) => ({
  runtime: 'custom',
  command: noting(name, `test -e ${name}.broken && exit 1`, 'sleep 0.1'),
  restart: { backoff: { initial: '20ms', max: '50ms', resetAfter: '200ms' } },
  ...rest,
});

const group = async (it: DaemonProcess, name: string): Promise<GroupView> =>
  it.client().get(`/api/groups/${name}`);
const alerts = async (it: DaemonProcess): Promise<Alert[]> =>
  (await it.client().get<{ alerts: Alert[] }>('/api/alerts?state=recent')).alerts;

const LINE = { a: agent('a'), b: agent('b'), c: agent('c') };

test('group: a crash restarts those after it in order; the one alert is about whoever crashed', async () => {
  const it = await startDaemon({
    agents: LINE,
    groups: { line: { strategy: 'rest_for_one', members: ['a', 'b', 'c'] } },
  });
  await noted(it, 3);
  const before = await pids(it);
  process.kill(before.b ?? 0, 'SIGKILL');
  expect((await noted(it, 6)).slice(3)).toEqual(['c ends', 'b starts', 'c starts']);
  await everybodyRuns(it);
  const after = await pids(it);
  expect([after.a === before.a, after.b === before.b, after.c === before.c]).toEqual([true, false, false]);
  const incident = await it.until('the incident to be resolved', async () =>
    (await it.client().get<{ incidents: Incident[] }>('/api/incidents')).incidents.find(
      ({ state }) => state === 'resolved',
    ),
  );
  expect(incident.cause.subsystem).toBe('b');
  expect((await alerts(it)).map(({ subsystem }) => subsystem)).toEqual(['b']);
  expect(await group(it, 'line')).toMatchObject({
    phase: 'running',
    recentRestarts: 1,
    lastDecision: { member: 'b' },
  });
  expect(it.cli('groups').stdout).toMatch(/line .*3\/3 +rest_for_one +1\/5 in 30 s +a → b → c/);
});

test('group: a crash loop ends all, opens one alert, is tried again, and comes back when the cause is gone', async () => {
  // Ready only when it will not fail: however slowly it starts, it is not taken for well in between.
  const probe = { exec: ['sh', '-c', '! test -e b.broken'] };
  const it = await startDaemon({
    agents: { ...LINE, b: agent('b', { health: { probe, readiness: { every: '100ms' } } }) },
    groups: { line: { members: ['a', 'b', 'c'], intensity: 2, period: '3s', retryAfter: '700ms' } },
  });
  await noted(it, 3);
  writeFileSync(join(it.folder, 'b.broken'), '');
  process.kill((await pids(it)).b ?? 0, 'SIGKILL');
  const waiting = await it.until('the group to wait for its next try', async () => {
    const now = await group(it, 'line');
    const phases = [...(await ps(it)).values()].map(({ phase }) => phase);
    return now.phase === 'broken' && phases.every((phase) => phase === 'broken') && now;
  });
  expect(waiting).toMatchObject({ circuit: 'open', running: 0, retryAt: expect.any(Number) });
  const open = await it.until('the alert', async () => {
    const found = await alerts(it);
    return found.length > 0 && found;
  });
  expect(new Set(open.map(({ subsystem }) => subsystem))).toEqual(new Set(['b']));
  rmSync(join(it.folder, 'b.broken'));
  await everybodyRuns(it);
  await it.until('the circuit to close', async () => (await group(it, 'line')).circuit === 'closed');
  await it.until('the incident to be resolved', async () =>
    (await it.client().get<{ incidents: Incident[] }>('/api/incidents')).incidents.every(
      ({ state }) => state === 'resolved',
    ),
  );
  const { incidents } = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
  expect(incidents).toHaveLength(1);
  expect(incidents[0]?.stages.some(({ summary }) => summary.includes("the group 'line' gave up"))).toBe(true);
  expect(await alerts(it)).toHaveLength(1);
});

test('group: a member that serves for a moment and ends in every try is tried ever more seldom, with one incident', async () => {
  const flaky = { ...agent('b'), command: ['sh', '-c', 'echo "b starts" >> notes; sleep 0.3'] };
  const it = await startDaemon({
    agents: { a: agent('a'), b: flaky },
    groups: { pair: { members: ['a', 'b'], intensity: 1, period: '30s', retryAfter: '300ms' } },
  });
  const failed = (tries: number) =>
    it.until(`try ${tries} to fail`, async () => {
      const { lastDecision, circuit } = await group(it, 'pair');
      return circuit === 'open' && lastDecision?.because.includes(`in try ${tries} after`);
    });
  await failed(1);
  await failed(3);
  // Two runs until the group gave up, then one a try.
  expect(notes(it).filter((note) => note === 'b starts')).toHaveLength(5);
  const { incidents } = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
  expect(incidents).toHaveLength(1);
  expect(new Set((await alerts(it)).map(({ subsystem }) => subsystem))).toEqual(new Set(['b']));
  expect(it.cli('stop', 'b').status).toBe(0);
  await it.until('the other to run alone', async () => {
    const { phase, circuit } = await group(it, 'pair');
    return phase === 'running' && circuit === 'closed';
  });
});

test('group: one that gives up within another is restarted by that one, by its own strategy', async () => {
  const it = await startDaemon({
    agents: LINE,
    groups: {
      outer: { strategy: 'rest_for_one', members: ['a', 'inner', 'c'] },
      inner: { members: ['b'], intensity: 0 },
    },
  });
  await noted(it, 3);
  process.kill((await pids(it)).b ?? 0, 'SIGKILL');
  expect((await noted(it, 6)).slice(3)).toEqual(['c ends', 'b starts', 'c starts']);
  await everybodyRuns(it);
  expect((await group(it, 'outer')).lastDecision?.because).toContain("rest_for_one of 'outer'");
});

test('group: kill -9 of the daemon in the middle of its restart: the next daemon finishes it, exactly once', async () => {
  const it = await startDaemon({
    agents: LINE,
    groups: { line: { strategy: 'one_for_all', members: ['a', 'b', 'c'] } },
  });
  await noted(it, 3);
  const before = await pids(it);
  process.kill(before.a ?? 0, 'SIGKILL');
  await noted(it, 4);
  await it.kill('SIGKILL');
  await it.up();
  await everybodyRuns(it);
  const after = await pids(it);
  for (const name of ['a', 'b', 'c']) {
    expect(after[name]).not.toBe(before[name]);
    expect(it.processes().get(name)).toEqual([after[name]]);
  }
  const starts = (await noted(it, 8)).filter((line) => line.endsWith('starts'));
  expect(starts.slice().sort()).toEqual([
    'a starts',
    'a starts',
    'b starts',
    'b starts',
    'c starts',
    'c starts',
  ]);
});

test('group: start, stop and restart of a whole one go in order, and are in the audit trail', async () => {
  const it = await startDaemon({ agents: LINE, groups: { line: { members: ['a', 'b', 'c'] } } });
  await noted(it, 3);
  expect(it.cli('stop', 'line').status).toBe(0);
  expect(notes(it).slice(3)).toEqual(['c ends', 'b ends', 'a ends']);
  expect([...(await ps(it)).values()].map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
  expect(it.cli('start', 'line').status).toBe(0);
  expect((await noted(it, 9)).slice(6)).toEqual(['a starts', 'b starts', 'c starts']);
  expect(it.cli('restart', 'line').stdout).toMatch(/line: running, . of 3 up \(a → b → c\)/);
  expect((await noted(it, 15)).slice(9)).toEqual([
    'c ends',
    'b ends',
    'a ends',
    'a starts',
    'b starts',
    'c starts',
  ]);
  expect(it.cli('events', '--json').stdout).toContain('"action":"group.restart"');
  expect((await alerts(it)).map(({ subsystem }) => subsystem)).toEqual([]);
  expect(it.cli('restart', 'nobody').stderr).toContain('DN_API_NOT_FOUND');
});

test('group: a changed group counts at once; one that is gone lets its members go on by themselves', async () => {
  const agents = { a: agent('a'), b: agent('b') };
  const it = await startDaemon({ agents, groups: { pair: { members: ['a', 'b'] } } });
  await noted(it, 2);
  const file = join(it.folder, 'dreamnet.yaml');
  const pair = { strategy: 'one_for_all', members: ['a', 'b'] };
  writeFileSync(file, JSON.stringify({ version: 1, agents, groups: { pair } }));
  await it.until('the change', async () => (await group(it, 'pair')).strategy === 'one_for_all');
  process.kill((await pids(it)).a ?? 0, 'SIGKILL');
  expect((await noted(it, 5)).slice(2)).toEqual(['b ends', 'a starts', 'b starts']);
  await everybodyRuns(it);
  writeFileSync(file, JSON.stringify({ version: 1, agents }));
  await it.until('the group to be gone', async () => {
    const { groups } = await it.client().get<{ groups: GroupView[] }>('/api/groups');
    return groups.length === 0;
  });
  process.kill((await pids(it)).a ?? 0, 'SIGKILL');
  expect((await noted(it, 6)).slice(5)).toEqual(['a starts']);
});
