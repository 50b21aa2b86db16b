import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest } from './daemon-process.js';
import { everybodyRuns, noted, notes, noting, pids, ps } from './noted-fleet.js';

/** Notes its start and its end; ready once the file `NAME.ready` is there. */
const agent = (name: string, rest: object = {}) => ({
  runtime: 'custom',
  command: noting(name),
  health: { probe: { exec: ['test', '-e', `${name}.ready`] }, readiness: { every: '100ms' } },
  ...rest,
});

async function start(config: object, ready: readonly string[] = []): Promise<DaemonProcess> {
  const daemon = daemonOfTest(config);
  for (const name of ready) writeFileSync(join(daemon.folder, `${name}.ready`), '');
  await daemon.up();
  return daemon;
}

const row = async (it: DaemonProcess, name: string): Promise<PsEntry> => {
  const found = (await ps(it)).get(name);
  if (!found) throw new TypeError(`no agent ${name}`);
  return found;
};
const becomeReady = (it: DaemonProcess, name: string) => writeFileSync(join(it.folder, `${name}.ready`), '');

test('start order: who depends on somebody, needs somebody or follows in a group starts when that one is ready', async () => {
  const it = await start({
    agents: {
      ui: agent('ui', { needs: ['data.read'] }),
      db: agent('db', { protocol: 'http', endpoint: 'http://127.0.0.1:9', capabilities: ['data'] }),
      api: agent('api', { dependsOn: ['db'] }),
      first: agent('first'),
      second: agent('second'),
    },
    groups: { pair: { members: ['first', 'second'] } },
  });
  const waiting = await row(it, 'api');
  expect(waiting).toMatchObject({
    phase: 'waiting',
    status: 'pending',
    pid: null,
    waitsFor: { for: ['db'] },
  });
  expect((await row(it, 'ui')).waitsFor?.for).toEqual(['data.read']);
  expect((await row(it, 'second')).waitsFor?.for).toEqual(['first']);
  expect(it.cli('ps').stdout).toMatch(/api +waiting .*waits for db, until/);
  becomeReady(it, 'db');
  await it.until('api and ui to start', async () => (await row(it, 'api')).pid && (await row(it, 'ui')).pid);
  expect((await row(it, 'second')).phase).toBe('waiting');
  becomeReady(it, 'first');
  const order = await it.until('all five to say so', () => notes(it).length === 5 && notes(it));
  expect(order.indexOf('api starts')).toBeGreaterThan(order.indexOf('db starts'));
  expect(order.indexOf('second starts')).toBeGreaterThan(order.indexOf('first starts'));
});

test('start order: of three in a row the last one does not start when the first is ready', async () => {
  const it = await start({
    agents: {
      one: agent('one'),
      two: agent('two', { dependsOn: ['one'] }),
      three: agent('three', { dependsOn: ['two'] }),
    },
  });
  becomeReady(it, 'one');
  await it.until('the second to start', async () => notes(it).includes('two starts'));
  // Real time: the third would have been started in the same moment.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await row(it, 'three')).toMatchObject({ phase: 'waiting', waitsFor: { for: ['two'] } });
  becomeReady(it, 'two');
  await it.until('the third to start', async () => notes(it).includes('three starts'));
  expect(notes(it)).toEqual(['one starts', 'two starts', 'three starts']);
});

test('start order: after its time to wait it is started all the same, and the event names who was missing', async () => {
  const it = await start({
    agents: { db: agent('db'), api: agent('api', { dependsOn: ['db'], start: { waitFor: '300ms' } }) },
  });
  await it.until('api to start', async () => (await row(it, 'api')).pid);
  await it.until('the event to be on disk', () =>
    /"start.released".*"missing":\["db"\]/.test(it.cli('events', '--json').stdout),
  );
});

test('start order: a person who starts or stops what waits has the last word', async () => {
  const it = await start({
    agents: {
      db: agent('db'),
      a: agent('a', { dependsOn: ['db'] }),
      b: agent('b', { dependsOn: ['db'] }),
    },
  });
  expect(it.cli('start', 'a').status).toBe(0);
  expect(it.cli('stop', 'b').status).toBe(0);
  expect((await row(it, 'a')).pid).not.toBeNull();
  becomeReady(it, 'db');
  await it.until('db to be ready', async () => (await row(it, 'db')).health.readiness.state === 'ready');
  expect(await row(it, 'b')).toMatchObject({ pid: null, waitsFor: null, status: 'stopped' });
});

test('stop order: down ends dependents before what they depend on', async () => {
  const it = await start(
    {
      agents: {
        db: agent('db'),
        api: agent('api', { dependsOn: ['db'] }),
        ui: agent('ui', { dependsOn: ['api'] }),
      },
    },
    ['db', 'api', 'ui'],
  );
  await noted(it, 3);
  expect(it.cli('down').status).toBe(0);
  await it.until('every process to end', () => it.processes().size === 0);
  expect(notes(it).slice(-3)).toEqual(['ui ends', 'api ends', 'db ends']);
});

const write = (it: DaemonProcess, agents: object) =>
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));

const starts = (it: DaemonProcess) => notes(it).filter((note) => note.endsWith('starts'));

test('apply: of three that changed each gets its new process when what it depends on is ready, and the unchanged keep theirs', async () => {
  const fleet = (level: string, probe: string) => ({
    // The dependents first: the order of the file says nothing.
    ui: agent('ui', { dependsOn: ['api'], env: { LEVEL: level } }),
    api: agent('api', { dependsOn: ['db'], env: { LEVEL: level } }),
    bystander: agent('bystander', { dependsOn: ['db'] }),
    db: agent('db', {
      env: { LEVEL: level },
      health: { probe: { exec: ['test', '-e', probe] }, readiness: { every: '100ms' } },
    }),
  });
  const it = await start({ agents: fleet('1', 'db.ready') }, ['db', 'api', 'ui', 'bystander']);
  await noted(it, 4);
  await it.until('all to be ready', async () =>
    [...(await ps(it)).values()].every(({ health }) => health.readiness.state === 'ready'),
  );
  const before = await pids(it);
  write(it, fleet('2', 'db-again.ready'));
  it.cli('apply');
  await it.until('the new db', async () => (await pids(it)).db !== before.db);
  // Real time: the others would have been started in the same moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const meanwhile = await pids(it);
  expect([meanwhile.api, meanwhile.ui]).toEqual([before.api, before.ui]);
  expect(await row(it, 'api')).toMatchObject({ phase: 'running', waitsFor: null });
  becomeReady(it, 'db-again');
  await it.until('the new ui', async () => (await pids(it)).ui !== before.ui);
  await everybodyRuns(it);
  const begun = await it.until('the seventh start', () => starts(it).length === 7 && starts(it));
  expect(begun.slice(4)).toEqual(['db starts', 'api starts', 'ui starts']);
  expect((await pids(it)).bystander).toBe(before.bystander);
});

test('apply: one that waits for somebody who is called otherwise in the new file waits for that one', async () => {
  const fleet = (name: string) => ({ api: agent('api', { dependsOn: [name] }), [name]: agent(name) });
  const it = await start({ agents: fleet('old') });
  expect((await row(it, 'api')).waitsFor?.for).toEqual(['old']);
  write(it, fleet('new'));
  it.cli('apply');
  await it.until('the other to run', async () => (await ps(it)).get('new')?.pid);
  // Real time: it would have been started in the same moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await row(it, 'api')).toMatchObject({ phase: 'waiting', waitsFor: { for: ['new'] } });
  becomeReady(it, 'new');
  await it.until('api to start', async () => (await row(it, 'api')).pid);
  const begun = await it.until('the third start', () => starts(it).length === 3 && starts(it));
  expect(begun).toEqual(['old starts', 'new starts', 'api starts']);
});

test('apply: after its time to wait a changed one gets its new process all the same', async () => {
  const fleet = (level: string) => ({
    db: agent('db', { env: { LEVEL: level } }),
    api: agent('api', { dependsOn: ['db'], start: { waitFor: '1s' }, env: { LEVEL: level } }),
  });
  const it = await start({ agents: fleet('1') });
  await it.until('api to start', async () => (await row(it, 'api')).pid);
  const before = await pids(it);
  write(it, fleet('2'));
  it.cli('apply');
  await it.until('the new api', async () => ![0, before.api].includes((await pids(it)).api));
});
