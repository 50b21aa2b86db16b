import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest } from './daemon-process.js';
import { ps } from './noted-fleet.js';

const LONG = '10m';
const custom = (script: string, more: object = {}) => ({
  runtime: 'custom',
  command: ['sh', '-c', script],
  ...more,
});
const OLD = 'echo old; exit 3';
const NEW = 'echo new; exec sleep 1000';
/** Waits for its next try longer than any test takes. */
const backingOff = { restart: { backoff: { initial: LONG, max: LONG } } };
const AT_ONCE = { initial: '1ms', max: '1ms' };
/** Its circuit opens at once, and longer than any test takes. */
const broken = { restart: { intensity: 1, retryAfter: LONG, backoff: AT_ONCE } };

async function start(config: object): Promise<DaemonProcess> {
  const daemon = daemonOfTest(config);
  // No process comes of it.
  writeFileSync(join(daemon.folder, 'no-interpreter'), '#!/not/there\n', { mode: 0o755 });
  await daemon.up();
  return daemon;
}

const edit = async (it: DaemonProcess, config: object) => {
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, ...config }));
  const { changes } = await it.client().send<{ changes: string[] }>('POST', '/api/apply');
  return changes;
};

const phaseOf = (it: DaemonProcess, name: string, phase: string) =>
  it.until(`${name} to be ${phase}`, async () => (await ps(it)).get(name)?.phase === phase);

/** What its process writes tells what it runs. */
const runsNew = (it: DaemonProcess, name: string) =>
  it.until(`${name} to run what is new`, async () => {
    const agent = (await ps(it)).get(name);
    return agent?.phase === 'running' && said(it, name).at(-1) === 'new' && agent;
  });
const said = (it: DaemonProcess, name: string) =>
  readFileSync(join(it.stateDir, 'logs', `${name}.out.log`), 'utf8')
    .trim()
    .split('\n');

test('an edit reaches whoever waits for its next try, or is in a crash loop: it is started anew at once, with what is new', async () => {
  const it = await start({
    agents: {
      waits: custom(OLD, backingOff),
      loops: custom(OLD, broken),
      missing: { runtime: 'custom', command: ['./no-interpreter'], ...backingOff },
      both: custom(OLD, { ...broken, replicas: 2 }),
    },
  });
  for (const name of ['waits', 'missing']) await phaseOf(it, name, 'backoff');
  for (const name of ['loops', 'both#1', 'both#2']) await phaseOf(it, name, 'broken');
  const changes = await edit(it, {
    agents: {
      waits: custom(NEW, backingOff),
      loops: custom(NEW, broken),
      missing: custom(NEW, backingOff),
      both: custom(NEW, { ...broken, replicas: 2 }),
    },
  });
  expect(changes).toEqual(['waits: restarted', 'loops: restarted', 'missing: restarted', 'both: restarted']);
  for (const name of ['waits', 'loops', 'missing', 'both#1', 'both#2']) await runsNew(it, name);
});

test('an edit of who is in a crash loop: it is watched all the while, so its incident ends by its recovery', async () => {
  const it = await start({ agents: { loops: custom(OLD, broken) } });
  const incidents = async (): Promise<Incident[]> =>
    (await it.client().get<{ incidents: Incident[] }>('/api/incidents')).incidents;
  await phaseOf(it, 'loops', 'broken');
  await it.until('an incident', async () => (await incidents()).length > 0);
  await edit(it, { agents: { loops: custom(NEW, broken) } });
  await runsNew(it, 'loops');
  expect(JSON.stringify(await incidents())).not.toContain('not watched any more');
});

test('an edit of who is in a crash loop, by which it lacks a secret: what it was is not tried any more, and it is a gap', async () => {
  const short = { restart: { intensity: 1000, backoff: { initial: '300ms', max: '300ms' } } };
  const it = await start({ agents: { loops: custom(OLD, short) } });
  await phaseOf(it, 'loops', 'backoff');
  const bindings = [{ type: 'secrets', config: { A: { from: 'vault', key: 'not-set' } } }];
  const [told] = await edit(it, { agents: { loops: custom(NEW, { ...short, bindings }) } });
  expect(told).toMatch(/^loops: restarted: .*not-set/);
  expect((await ps(it)).get('loops')).toMatchObject({ status: 'pending', phase: 'idle' });
  await it.client().send('PUT', '/api/vault/not-set', { value: 'v' });
  await runsNew(it, 'loops');
});

test('an edit of a replica in a crash loop reaches it while the others are replaced one after the other', async () => {
  // The second one to take the folder finds it taken.
  const first = (then: string) => `mkdir ${then} 2>/dev/null || { echo old; exit 3; }; exec sleep 1000`;
  const more = { ...broken, replicas: 2, rolling: { readyWithin: '10s', drainWithin: '1s' } };
  const it = await start({ agents: { web: custom(first('taken'), more) } });
  await it.until('one to loop', async () => {
    const all = await ps(it);
    return ['web#1', 'web#2'].some((id) => all.get(id)?.phase === 'broken');
  });
  expect(await edit(it, { agents: { web: custom(NEW, more) } })).toEqual([
    'web: its replicas are replaced one after the other',
  ]);
  await it.until('two to run what is new', async () => {
    const running = [...(await ps(it)).keys()].filter((id) => id.startsWith('web#'));
    return running.length === 2 && running.every((id) => said(it, id).at(-1) === 'new');
  });
});

test('an edit of a member: in its own backoff, in a group that waits or gave up, it is started at once, with what is new', async () => {
  const alone = { strategy: 'one_for_one', members: ['a'] };
  const held = { strategy: 'one_for_all', members: ['b', 'beside'], intensity: 100 };
  const over = { members: ['c', 'behind'], intensity: 1, retryAfter: LONG };
  const groups = { alone, held, over };
  const agents = (script: string) => ({
    a: custom(script, backingOff),
    b: custom(script, backingOff),
    beside: custom(NEW, backingOff),
    c: custom(script, { restart: { backoff: AT_ONCE } }),
    behind: custom(NEW),
  });
  const it = await start({ agents: agents(OLD), groups });
  await phaseOf(it, 'a', 'backoff');
  await phaseOf(it, 'b', 'waiting');
  await phaseOf(it, 'c', 'broken');
  expect(await edit(it, { agents: agents(NEW), groups })).toEqual([
    'b: changed, starts with its group',
    'c: changed, starts with its group',
    'a: restarted',
  ]);
  for (const name of ['a', 'b', 'beside', 'c', 'behind']) await runsNew(it, name);
});

test('an edit while its start is under way, or its restart: what runs in the end is what is new', async () => {
  const slow = (script: string) =>
    custom(`trap 'sleep 1; exit 0' TERM; ${script.replace('exec ', '')} & wait`, {
      stop: { deadline: '20s' },
    });
  const it = await start({ agents: { slow: slow('echo old; exec sleep 1000') } });
  await phaseOf(it, 'slow', 'running');
  const restarted = it.client().send('POST', '/api/agents/slow/restart');
  await phaseOf(it, 'slow', 'stopping');
  await edit(it, { agents: { slow: slow(NEW) } });
  await restarted;
  await runsNew(it, 'slow');
});
