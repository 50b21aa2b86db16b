import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { call, echoAgent, scaleOf } from './echo-agent.js';

const up = (agents: object) => startDaemon({ agents });

const serving = (own: DaemonProcess, count: number, agent = 'web') =>
  own.until(`${agent} to be ${count}`, async () => {
    const view = await scaleOf(own, agent);
    return view.desired === count && view.serving === count && view;
  });

test('scale by a metric of an agent with replicas: what each of them reports counts together', async () => {
  const scale = { min: 1, max: 5, metric: 'load', of: 'cust', target: 10, every: '200ms' };
  const own = await up({
    cust: echoAgent({ replicas: 2, capabilities: ['cust'] }),
    web: echoAgent({ scale }),
  });
  await serving(own, 2, 'cust');
  for (const [subsystem, load] of [
    ['cust#1', 12],
    ['cust#2', 18],
  ])
    await own
      .client()
      .send('POST', '/api/heartbeats', { subsystem, status: 'ok', metrics: { load }, inFlight: 0 });
  const view = await serving(own, 3);
  expect(view.decisions.at(-1)).toMatchObject({ to: 3, formula: 'ceil(30 / 10) = 3' });
});

test('last changes: one that the fleet file made is among them', async () => {
  const rule = { min: 3, max: 4, metric: 'inflight', target: 1, down: { window: '1h' } };
  const own = await up({ web: echoAgent({ scale: rule }) });
  await serving(own, 3);
  expect((await scaleOf(own)).decisions).toEqual([]);
  const agents = { web: echoAgent({ scale: { ...rule, min: 1, max: 2 } }) };
  writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));
  own.cli('apply');
  const view = await serving(own, 2);
  expect(view.decisions).toMatchObject([
    { from: 3, to: 2, metric: 'fleet file', because: 'the fleet file says scale 1 to 2' },
  ]);
  expect(own.cli('scale', 'web').stdout).toContain('3 → 2: the fleet file says scale 1 to 2');
});

test('to zero: an agent that is started again has its whole time without calls before it, and until it serves that has not begun', async () => {
  const { command } = echoAgent({});
  const scale = { min: 0, max: 1, metric: 'inflight', target: 1, every: '100ms', down: { window: '2s' } };
  const own = await up({
    web: echoAgent({
      ...{ runtime: 'custom', scale },
      command: ['sh', '-c', 'sleep 3; exec "$@"', 'sh', ...command],
    }),
  });
  const order = (what: string) => own.client().send('POST', `/api/agents/web/${what}`, {});
  await order('start');
  await serving(own, 1);
  await order('stop');
  await order('start');
  await serving(own, 1);
  await own.until('it to end', async () => (await scaleOf(own)).desired === 0);
  const { decisions } = await scaleOf(own);
  expect(decisions.map(({ from, to }) => `${from} to ${to}`)).toEqual(['0 to 1', '1 to 0']);
});

test('routes: of who was stopped that is said, also when it had no process, and no more when it is started', async () => {
  const scale = { min: 0, max: 1, metric: 'inflight', target: 1 };
  const own = await up({
    web: echoAgent({}),
    slow: echoAgent({ scale, capabilities: ['slow'] }),
  });
  await serving(own, 1);
  const stopped = (name: string) => `${name}: stopped by admin; 'dreamnet start ${name}' starts it`;
  own.cli('stop', 'web');
  own.cli('stop', 'slow');
  for (const [name, capability] of [
    ['web', 'echo'],
    ['slow', 'slow'],
  ] as const) {
    const outcome = await call(own, {}, capability);
    expect(outcome).toMatchObject({ ok: false, code: 'DN_SPINE_NO_ROUTE' });
    expect(outcome.ok ? '' : outcome.message).toContain(stopped(name));
    const words = own.cli('routes', 'explain', capability).stdout;
    expect(words).toContain(`stopped by admin; 'dreamnet start ${name}' starts it`);
  }
  own.cli('start', 'web');
  await serving(own, 1);
  expect(own.cli('routes', 'explain', 'echo').stdout).not.toContain('stopped by admin');
});
