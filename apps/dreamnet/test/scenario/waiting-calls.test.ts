import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallOutcome } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { call, echoAgent, scaleOf } from './echo-agent.js';

const up = (agents: object) => startDaemon({ agents });

const toZero = { min: 0, max: 1, metric: 'inflight', target: 1, hold: { for: '20s' } };
/** Has no process, and its first one does not serve: the file that makes it answer 503 is there. */
const neverReady = { scale: toZero, env: { BROKEN_FILE: process.execPath } };

const heldBy = (own: DaemonProcess, agent: string, count = 1) =>
  own.until(`${count} calls to wait for ${agent}`, async () => (await scaleOf(own, agent)).held === count);

/** What a call is told that waits while something happens. */
async function toldWhile(own: DaemonProcess, act: () => unknown): Promise<CallOutcome> {
  const waiting = call(own);
  await heldBy(own, 'web');
  await act();
  return waiting;
}

test('waiting calls: one that is held for a first process hears of a freeze, a stop and the removal of its agent', async () => {
  const own = await up({ web: echoAgent(neverReady), other: echoAgent({ capabilities: ['other'] }) });
  expect(await toldWhile(own, () => own.cli('freeze', 'web'))).toMatchObject({
    code: 'DN_BUDGET_FROZEN',
    attempts: [{ provider: 'web', error: expect.stringContaining('DN_BUDGET_FROZEN') }],
  });
  own.cli('freeze', '--release', 'web');
  expect(await toldWhile(own, () => own.cli('stop', 'web'))).toMatchObject({
    code: 'DN_AGENT_NOT_RUNNING',
    message: expect.stringContaining("stopped by admin; 'dreamnet start web' starts it"),
  });
  own.cli('start', 'web');
  const agents = { other: echoAgent({ capabilities: ['other'] }) };
  const remove = () => {
    writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));
    own.cli('apply');
  };
  expect(await toldWhile(own, remove)).toMatchObject({
    code: 'DN_AGENT_NOT_RUNNING',
    message: expect.stringContaining('no longer in the fleet file'),
  });
});

test('waiting calls: one that is held for a process in a crash loop is told how that ends, as soon as it is given up', async () => {
  const web = echoAgent({
    ...{ command: ['sh', '-c', 'exit 3'], runtime: 'custom', scale: toZero },
    restart: { intensity: 2, backoff: { initial: '50ms' } },
  });
  const own = await up({ web });
  expect(await call(own)).toMatchObject({
    code: 'DN_AGENT_NOT_RUNNING',
    message: expect.stringContaining('it crashes again and again (last: exit code 3)'),
  });
});

test('waiting calls: one in a queue hears of a freeze, and goes on to whoever else serves when its agent is stopped', async () => {
  const busy = { maxInFlight: 1, queue: { for: '20s' }, preference: 200 };
  const own = await up({ web: echoAgent(busy), late: echoAgent(neverReady) });
  const serving = () => own.until('it to serve', async () => (await scaleOf(own)).serving === 1);
  const worksOn = async () => {
    const first = call(own, { holdMs: 20_000 });
    await own.until('it to work', async () => (await scaleOf(own)).replicas[0]?.inFlight === 1);
    return first;
  };
  await serving();
  void worksOn();
  await own.until('it to work', async () => (await scaleOf(own)).replicas[0]?.inFlight === 1);
  expect(await toldWhile(own, () => own.cli('freeze', 'web'))).toMatchObject({ code: 'DN_BUDGET_FROZEN' });
  own.cli('freeze', '--release', 'web');
  await serving();
  void worksOn();
  await own.until('it to work', async () => (await scaleOf(own)).replicas[0]?.inFlight === 1);
  const agents = { web: echoAgent(busy), late: echoAgent(neverReady), good: echoAgent({}) };
  writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));
  own.cli('apply');
  await own.until('the other to serve', async () => (await scaleOf(own, 'good')).serving === 1);
  expect(await toldWhile(own, () => own.cli('stop', 'web'))).toMatchObject({
    ...{ ok: true, provider: 'good' },
    attempts: [
      { provider: 'web', error: expect.stringContaining('stopped by admin') },
      { provider: 'good', ok: true },
    ],
  });
});
