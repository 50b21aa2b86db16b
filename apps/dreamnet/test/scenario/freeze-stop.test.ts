import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { FreezeAnswer, ReleaseAnswer } from '../../src/daemon/spending/freeze-desk.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const sleeper = { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 0.05; done'] };
/** Takes no notice of SIGTERM, and has far more time to end than a freeze leaves it. */
const stubborn = {
  runtime: 'custom',
  command: ['sh', '-c', 'trap "" TERM; touch ready; while :; do sleep 0.05; done'],
  stop: { deadline: '10m' },
};

/** An MCP server that serves what the budget counts. */
const writer = {
  runtime: 'python',
  command: [
    'python3',
    fileURLToPath(new URL('../../../../examples/fleet/agents/researcher.py', import.meta.url)),
  ],
  protocol: 'mcp',
  capabilities: ['text.write'],
};

const freeze = (it: DaemonProcess, body: object = {}) =>
  it.client('operator').send<FreezeAnswer>('POST', '/api/freeze', { stop: true, ...body });
const thaw = (it: DaemonProcess, body: object = {}) =>
  it.client('operator').send<ReleaseAnswer>('POST', '/api/freeze/release', body);
const running = (it: DaemonProcess) => [...it.processes().keys()].sort();

test('freeze --stop: whoever runs is ended at once, also the stubborn; thaw brings back these and nobody else', async () => {
  const it = await startDaemon({
    agents: { a: sleeper, b: stubborn, c: sleeper, many: { ...sleeper, replicas: 2 } },
  });
  await it.until('its trap to be set', () => existsSync(join(it.folder, 'ready')));
  await it.until('the replicas to run', () => running(it).length === 5);
  it.cli('stop', 'c');
  const { ended } = await freeze(it, { reason: 'the bill' });
  expect(ended?.notStopped).toEqual([]);
  expect(ended?.stopped.map(({ id }) => id).sort()).toEqual(['a', 'b', 'many#1', 'many#2']);
  expect(ended?.stopped.every(({ stop }) => stop?.isProven)).toBe(true);
  expect(ended?.stopped.find(({ id }) => id === 'b')?.stop?.steps.at(-1)).toMatchObject({
    rung: 'kill',
    left: 0,
  });
  expect(running(it)).toEqual([]);
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  expect(agents.find(({ name }) => name === 'a')?.health.liveness.reason).toMatch(
    /ended by the freeze of all spending by operator; 'dreamnet thaw'/,
  );
  await expect(it.client().send('POST', '/api/agents/a/start')).rejects.toMatchObject({
    code: 'DN_AGENT_FROZEN',
    message: expect.stringContaining('the bill'),
  });
  await expect(it.client().send('POST', '/api/agents/c/restart')).rejects.toMatchObject({
    code: 'DN_AGENT_FROZEN',
  });
  const back = await thaw(it);
  expect(back).toMatchObject({ released: { target: '*', endsAgents: true }, notStarted: [] });
  expect(back.started.sort()).toEqual(['a', 'b', 'many#1', 'many#2']);
  expect(running(it)).toEqual(['a', 'b', 'many#1', 'many#2']);
  expect(it.cli('start', 'c').status).toBe(0);
});

test('freeze --stop: it holds through kill -9 of the daemon, whoever ran then is ended, and thaw brings all back', async () => {
  const it = await startDaemon({ agents: { a: sleeper, b: sleeper } });
  await freeze(it, { name: 'a' });
  expect(running(it)).toEqual(['b']);
  await it.kill('SIGKILL');
  await it.up();
  expect(running(it)).toEqual(['b']);
  await freeze(it);
  await it.kill('SIGKILL');
  await it.up();
  expect(running(it)).toEqual([]);
  // What the wider freeze still keeps ended does not come back with the narrower one.
  expect(await thaw(it, { name: 'a' })).toMatchObject({ started: [] });
  expect(running(it)).toEqual([]);
  expect(it.cli('thaw').stdout).toBe('all spending: released; started: a, b\n');
  expect(running(it)).toEqual(['a', 'b']);
});

test('freeze --stop: of a budget it ends who can spend from it, and a freeze without it ends nobody', async () => {
  const it = await startDaemon({
    agents: { a: writer, b: sleeper },
    budgets: { text: { capability: 'text', calls: 3, rolling: '1h' } },
  });
  const plain = it.cli('freeze', 'text');
  expect(plain.stdout).toMatch(/^text: frozen; 0 in flight stopped/);
  expect(running(it)).toEqual(['a', 'b']);
  const ending = it.cli('freeze', 'text', '--stop');
  expect(ending.status).toBe(0);
  expect(ending.stdout).toMatch(/\nended 1 of 1 that ran, in \d+ ms\n {2}a: .*; nothing is left\n$/);
  expect(running(it)).toEqual(['b']);
  // A second freeze of the same without --stop does not let it start.
  it.cli('freeze', 'text', '--reason', 'still');
  expect(it.cli('start', 'a')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('DN_AGENT_FROZEN'),
  });
  expect(it.cli('thaw', 'text').stdout).toBe('text: released; started: a\n');
});
