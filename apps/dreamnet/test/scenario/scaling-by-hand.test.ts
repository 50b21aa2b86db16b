import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { call, echoAgent, scaleOf } from './echo-agent.js';

const rule = { min: 1, max: 3, metric: 'depth', of: 'jobs', target: 10, every: '200ms' };
const fleetOf = (scale: object) => ({
  agents: {
    web: echoAgent({ scale: { ...rule, ...scale } }),
    // Follows the same number: when it has changed, rounds have passed.
    other: echoAgent({ scale: { ...rule, down: { window: '0s' } }, capabilities: ['other'] }),
  },
  subsystems: { jobs: { heartbeat: { ttl: '1m' } } },
});

async function up(scale: object): Promise<DaemonProcess> {
  const daemon = await startDaemon(fleetOf({ down: { window: '0s' }, ...scale }));
  return daemon;
}

const desired = (own: DaemonProcess, agent: string, count: number) =>
  own.until(`${agent} to be ${count}`, async () => {
    const view = await scaleOf(own, agent);
    return view.desired === count && view.serving === count && view;
  });

/** Tells how much there is to do, and waits until it was heard: then who follows it would have followed. */
async function demand(own: DaemonProcess, depth: number, count: number): Promise<void> {
  const heartbeat = { subsystem: 'jobs', status: 'ok', metrics: { depth } };
  await own.client().send('POST', '/api/heartbeats', heartbeat);
  await desired(own, 'other', count);
}

test('scaling by hand: a number that somebody set holds beside a metric, also in the next daemon, until it is to follow that again', async () => {
  const own = await up({});
  await demand(own, 30, 3);
  await desired(own, 'web', 3);
  const set = own.cli('scale', 'web', '1');
  expect(set.stdout).toContain("set by hand; 'dreamnet scale web auto' lets it follow depth again");
  await demand(own, 10, 1);
  await demand(own, 30, 3);
  expect(await desired(own, 'web', 1)).toMatchObject({ isSetByHand: true });
  await own.kill('SIGKILL');
  await own.up();
  await demand(own, 10, 1);
  await demand(own, 30, 3);
  expect(await desired(own, 'web', 1)).toMatchObject({ isSetByHand: true });
  expect(own.cli('scale', 'web').stdout).toContain('does not follow depth of jobs');
  expect(own.cli('scale', 'web', 'auto').stdout).toContain('follows depth');
  expect(await desired(own, 'web', 3)).toMatchObject({ isSetByHand: false });
});

test('scaling by hand: other limits in the fleet file end it, and without a metric there is nothing to follow', async () => {
  const own = await up({});
  await desired(own, 'web', 1);
  expect(own.cli('scale', 'web', '2').status).toBe(0);
  await desired(own, 'web', 2);
  const next = fleetOf({ max: 4, down: { window: '0s' } });
  const plain = echoAgent({ replicas: 1, capabilities: ['plain'] });
  const agents = { ...next.agents, plain };
  writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, ...next, agents }));
  expect(own.cli('apply').status).toBe(0);
  expect(await scaleOf(own)).toMatchObject({ isSetByHand: false });
  await demand(own, 40, 3);
  await desired(own, 'web', 4);
  expect(own.cli('scale', 'plain', 'auto').stderr).toContain('DN_AGENT_NOT_SCALABLE');
});

test('scaling by hand: to zero is no number that holds: the next call starts a process', async () => {
  const own = await up({ min: 0, down: { window: '1h' } });
  expect(own.cli('scale', 'web', '2').status).toBe(0);
  await desired(own, 'web', 2);
  expect(own.cli('scale', 'web', '0').status).toBe(0);
  await own.until('all to be gone', async () => (await scaleOf(own)).replicas.length === 0);
  expect(await call(own)).toMatchObject({ ok: true });
  expect(await scaleOf(own)).toMatchObject({ isSetByHand: false });
});
