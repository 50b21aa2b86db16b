import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';
import { call, echoAgent, scaleOf } from './echo-agent.js';

async function up(agent: object): Promise<DaemonProcess> {
  const daemon = await startDaemon({ agents: { web: echoAgent(agent) } });
  return daemon;
}

const callFor = (own: DaemonProcess, holdMs: number) => call(own, { holdMs });
const serving = (own: DaemonProcess, count: number) =>
  own.until(`${count} to serve`, async () => (await scaleOf(own)).serving === count);

test('call limit: no process is given more than its limit, the others wait and are answered', async () => {
  const own = await up({ replicas: 2, maxInFlight: 2 });
  await serving(own, 2);
  const calls = Promise.all(Array.from({ length: 12 }, () => callFor(own, 300)));
  const busy = await own.until('some to wait', async () => {
    const view = await scaleOf(own);
    return view.held > 0 && view;
  });
  expect(busy.maxInFlight).toBe(2);
  expect(own.cli('scale', 'web').stdout).toMatch(/2 of 2 serve, \d+ calls? waits?/);
  const { url, token } = own.access();
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const metrics = await answer.text();
  expect(metrics).toMatch(/^dreamnet_agent_calls_waiting\{agent="web"\} [1-9]/m);
  expect(metrics).toContain('dreamnet_agent_replicas_serving{agent="web"} 2');
  let most = 0;
  await Promise.race([
    calls,
    (async () => {
      for (;;) most = Math.max(most, ...(await scaleOf(own)).replicas.map(({ inFlight }) => inFlight));
    })(),
  ]);
  expect((await calls).map(({ ok }) => ok)).toEqual(Array.from({ length: 12 }, () => true));
  expect(most).toBe(2);
  expect((await scaleOf(own)).held).toBe(0);
});

test('call limit: beyond the queue calls are refused by name; one that waits too long, too', async () => {
  const own = await up({ maxInFlight: 1, queue: { calls: 1, for: '300ms' } });
  await serving(own, 1);
  const first = callFor(own, 1500);
  await own.until('it to be worked on', async () => (await scaleOf(own)).replicas[0]?.inFlight === 1);
  const second = callFor(own, 0);
  await own.until('one to wait', async () => (await scaleOf(own)).held === 1);
  expect(await callFor(own, 0)).toMatchObject({
    ok: false,
    code: 'DN_AGENT_QUEUE_FULL',
    attempts: [{ provider: 'web' }],
  });
  expect(await second).toMatchObject({ ok: false, code: 'DN_AGENT_QUEUE_LATE' });
  expect(await first).toMatchObject({ ok: true });
});

test('call limit: who has no room and no place in the queue is passed over, and the answer names it', async () => {
  const lim = echoAgent({ preference: 200, maxInFlight: 1, queue: { calls: 0 } });
  const daemon = daemonOfTest({ agents: { lim, good: echoAgent({}) } });
  const own = daemon;
  await own.up();
  await own.until('both to serve', async () => {
    const views = await Promise.all([scaleOf(own, 'lim'), scaleOf(own, 'good')]);
    return views.every(({ serving: count }) => count === 1);
  });
  const first = callFor(own, 1500);
  await own.until('it to be worked on', async () => (await scaleOf(own, 'lim')).replicas[0]?.inFlight === 1);
  expect(await callFor(own, 0)).toMatchObject({
    ok: true,
    provider: 'good',
    decidedBy: 'failover',
    attempts: [
      { provider: 'lim', ok: false, error: expect.stringMatching(/^DN_AGENT_QUEUE_FULL: /) },
      { provider: 'good', ok: true },
    ],
  });
  expect(await first).toMatchObject({ ok: true, provider: 'lim' });
});

test('call limit: the number of processes follows how much is asked for, and stays while that does', async () => {
  const scale = { min: 1, max: 5, metric: 'demand', target: 2, every: '200ms', down: { window: '600ms' } };
  const own = await up({ maxInFlight: 2, scale });
  await serving(own, 1);
  let isOver = false;
  const line = async () => {
    while (!isOver) expect((await callFor(own, 100)).ok).toBe(true);
  };
  const lines = Promise.all([line(), line(), line(), line(), line(), line()]);
  await serving(own, 3);
  const before = (await scaleOf(own)).decisions.length;
  // Real time: rounds of the scaler under a load that does not change.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect((await scaleOf(own)).decisions.slice(before)).toEqual([]);
  isOver = true;
  await lines;
  await serving(own, 1);
});
