import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Incident, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest } from './daemon-process.js';

const LIBRARY = fileURLToPath(new URL('../../../../packages/agent/dist/index.js', import.meta.url));
const PROGRAM = `import { createAgent } from ${JSON.stringify(LIBRARY)};
const agent = createAgent({ heartbeatMs: 200 });
agent.serve('who.answers', () => ({ pid: process.pid }));
await agent.start();`;

/** A replica with a port of its own, so that two tests never want the same. */
const who = (rest: object = {}) => ({
  runtime: 'node',
  command: ['node', 'who.mjs'],
  protocol: 'agentcore',
  endpoint: 'http://127.0.0.1:{port}',
  capabilities: ['who.answers'],
  health: { readiness: { every: '100ms' } },
  replicas: 1,
  spare: 1,
  ...rest,
});

async function start(agents: object): Promise<DaemonProcess> {
  const daemon = daemonOfTest({ agents });
  writeFileSync(join(daemon.folder, 'who.mjs'), PROGRAM);
  await daemon.up();
  return daemon;
}

const find = async (it: DaemonProcess, name = 'who#1'): Promise<PsEntry | undefined> =>
  (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.find((agent) => agent.name === name);
/** The process and its spare, once both are as they should be. */
const settled = (it: DaemonProcess) =>
  it.until('a spare that waits', async () => {
    const agent = await find(it);
    return agent?.health.readiness.state === 'ready' && agent.spare?.phase === 'waiting' && agent;
  });
const call = async (it: DaemonProcess): Promise<number> => {
  const request = { capability: 'who.answers', input: {} };
  const { output } = await it.client().send<{ output: { pid: number } }>('POST', '/api/call', request);
  return output.pid;
};

test('spare: it answers calls after a crash, the incident says that it took over, and a next one waits', async () => {
  const it = await start({ who: who() });
  const before = await settled(it);
  const spare = before.spare?.identity?.pid ?? 0;
  expect(await call(it)).toBe(before.pid);
  expect(it.cli('ps').stdout).toMatch(/SPARE.*\n(.*\n)*.*who#1.*waiting/);
  expect(it.cli('describe', 'who#1').stdout).toContain(`waiting for`);
  process.kill(before.pid ?? 0, 'SIGKILL');
  await it.until('the spare to serve', async () => (await find(it))?.pid === spare);
  const after = await settled(it);
  expect(after.pid).toBe(spare);
  expect(await call(it)).toBe(spare);
  expect(after).toMatchObject({ restarts: 1, spare: { takeovers: 1 } });
  const incident = await it.until('the incident', async () => {
    const { incidents } = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
    return incidents.find(({ state }) => state === 'resolved');
  });
  expect(incident.title).toMatch(
    new RegExp(`was ended by SIGKILL; spare took over, pid ${spare}, after \\d+ ms`),
  );
});

test('spare: kill -9 of the daemon doubles nothing; the next one knows both, and the spare takes over', async () => {
  const it = await start({ who: who() });
  const before = await settled(it);
  const pids = [before.pid, before.spare?.identity?.pid].sort();
  await it.kill('SIGKILL');
  await it.up();
  const after = await settled(it);
  expect([after.pid, after.spare?.identity?.pid].sort()).toEqual(pids);
  expect(it.processes().get('who#1')?.sort()).toEqual(pids);
  process.kill(before.pid ?? 0, 'SIGKILL');
  const spare = before.spare?.identity?.pid ?? 0;
  await it.until('the spare to serve', async () => (await find(it))?.pid === spare);
  await settled(it);
  expect(await call(it)).toBe(spare);
});

test('spare: a restart begins anew with both, and a stop leaves neither', async () => {
  const it = await start({ who: who() });
  const before = await settled(it);
  it.cli('restart', 'who');
  const after = await it.until('new ones', async () => {
    const agent = await settled(it);
    return agent.pid !== before.pid && agent;
  });
  expect(after.spare?.identity?.pid).not.toBe(before.spare?.identity?.pid);
  expect(it.processes().get('who#1')).toHaveLength(2);
  it.cli('stop', 'who');
  expect(it.processes().get('who#1') ?? []).toEqual([]);
});

test('spare: taken out of the fleet file it ends, and its agent goes on', async () => {
  const it = await start({ who: who() });
  const before = await settled(it);
  const agents = { who: who({ spare: 0 }) };
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));
  it.cli('apply');
  await it.until('one process', () => it.processes().get('who#1')?.length === 1);
  expect(await find(it)).toMatchObject({ pid: before.pid, restarts: 0 });
  expect((await find(it))?.spare).toBeUndefined();
});
