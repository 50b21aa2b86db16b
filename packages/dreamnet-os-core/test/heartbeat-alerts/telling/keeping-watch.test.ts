import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../../src/index.js';

const open = (core: ReturnType<typeof createDreamNetOSCore>) =>
  core.getActiveAlerts().map(({ fingerprint, severity }) => `${fingerprint} ${severity}`);

test('room watch: alerts from outside beyond the limit are refused and counted, an alert of ours says so', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({
    clock,
    delivery: {
      ...{ route: { receiver: 'all' }, receivers: { all: [] }, inhibitRules: [], timeIntervals: {} },
      ...{ alertLimit: 10, resolveTimeoutMs: 60_000 },
    },
  });
  await core.start();
  const alert = (n: number, text = '') => ({
    labels: { alertname: 'Out', n: String(n) },
    annotations: { text },
  });
  expect(core.delivery.post(Array.from({ length: 9 }, (_, n) => alert(n)))).toEqual([]);
  // A long one counts as several.
  expect(core.delivery.post([alert(9, 'x'.repeat(2000))])).toEqual([
    { index: 0, isFull: true, problem: '10 alerts are held already' },
  ]);
  expect(core.delivery.post([alert(9), alert(10), alert(0)]).map(({ index }) => index)).toEqual([1]);
  // What is known goes on; only its text cannot grow.
  expect(core.delivery.post([alert(1, 'x'.repeat(5000))])).toEqual([]);
  expect(core.delivery.room()).toEqual({ held: 10, limit: 10, refused: 2 });
  expect(core.delivery.figures().refusedAsFull).toBe(2);
  await clock.advance(2_000);
  expect(open(core)).toContain('delivery/room critical');
  expect(core.delivery.alerts().map(({ labels }) => labels.alertname)).toContain('alerts_limit_reached');

  // They end, are put away after a quarter of an hour, and there is room again.
  await clock.advance(60_000 + 900_000 + 60_000);
  expect(open(core)).toEqual([]);
  expect(core.delivery.post([alert(11)])).toEqual([]);
  await core.stop();
});

test('keeping watch: reports that are not kept are an alert, which ends by itself when they are again', async () => {
  const clock = createFakeClock();
  let problem: string | undefined;
  const core = createDreamNetOSCore({ clock, keepingProblem: () => problem });
  await core.start();
  await clock.advance(5_000);
  expect(open(core)).toEqual([]);
  problem = 'no space left';
  await clock.advance(2_000);
  expect(open(core)).toEqual(['store/reports critical']);
  expect(core.getActiveAlerts()[0]?.message).toContain('no space left');
  problem = undefined;
  await clock.advance(2_000);
  expect(open(core)).toEqual([]);
  await core.stop();
});

test('secrets watch: who could not be started again is a warning, which ends by itself when the secrets are open', async () => {
  const clock = createFakeClock();
  let problem: string | undefined = 'the vault is locked: a';
  const core = createDreamNetOSCore({ clock, secretsProblem: () => problem });
  await core.start();
  expect(open(core)).toEqual(['secrets/locked warning']);
  problem = undefined;
  await clock.advance(2_000);
  expect(open(core)).toEqual([]);
  await core.stop();
});
