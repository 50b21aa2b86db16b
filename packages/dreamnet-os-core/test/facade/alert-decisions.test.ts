import type { Store } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';

async function startWithAlert(store?: Store) {
  const core = createDreamNetOSCore({
    clock: createFakeClock(),
    ...(store && { store }),
    policy: { default: 'off' },
  });
  onTestFinished(() => core.stop());
  await core.start();
  core.watch('agent', { manifest: { domain: 'social' } });
  core.heartbeat({ subsystem: 'agent', status: 'error' });
  await core.settled();
  const [alert] = core.getActiveAlerts();
  return { core, id: alert?.id ?? '' };
}

test('decisions on alerts: when one is answered the store has it, for kill -9 may follow at once', async () => {
  for (const [verb, change] of [
    ['acknowledge', { acknowledgedBy: 'ada' }],
    ['resolve', { state: 'resolved' }],
  ] as const) {
    const kept = createTestStore();
    const { core, id } = await startWithAlert(kept.store);
    expect(await core.decideAlert(id, { verb, by: 'ada', why: 'seen' })).toBe(true);
    expect(kept.collection('alerts').get(id)).toMatchObject(change);
  }
});

test('decisions on alerts: without a store they are answered all the same', async () => {
  const { core, id } = await startWithAlert();
  expect(await core.decideAlert(id, { verb: 'acknowledge', by: 'ada', why: undefined })).toBe(true);
});
