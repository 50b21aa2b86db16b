import type { Notifier, Store } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore, type DeliveryConfig } from '../../../src/index.js';
import { createTestStore } from '../../support.js';

/** A notifier that can be made to fail. */
function createMouth(name: string, isFailing = false) {
  const state = { isFailing, told: 0 };
  const notify: Notifier['notify'] = async () => {
    if (state.isFailing) throw new TypeError(`${name} is away`);
    state.told += 1;
  };
  return { state, notifier: { name, notify } };
}

function configOf(receivers: DeliveryConfig['receivers']): DeliveryConfig {
  const route = { receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0, groupIntervalMs: 5_000 };
  return { route, inhibitRules: [], timeIntervals: {}, receivers };
}

async function startCore(receivers: DeliveryConfig['receivers'], store?: Store) {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 12));
  const core = createDreamNetOSCore({ clock, delivery: configOf(receivers), ...(store ? { store } : {}) });
  await core.start();
  const post = async (n: number) => {
    core.delivery.post([{ labels: { alertname: `a${n}` } }]);
    await clock.advance(6_000);
  };
  const failing = () =>
    core
      .getActiveAlerts()
      .map(({ fingerprint }) => fingerprint)
      .filter((key) => key.startsWith('receiver/'));
  return { clock, core, post, failing };
}

test('receiver watch: a notifier that fails is an alert though another of the same receiver is told', async () => {
  const [slack, mail] = [createMouth('slack', true), createMouth('mail')];
  const { core, post, failing } = await startCore({ ops: [slack.notifier, mail.notifier] });
  for (let n = 0; n < 5; n += 1) await post(n);
  expect(mail.state.told).toBeGreaterThan(3);
  expect(failing()).toEqual(['receiver/ops']);
  slack.state.isFailing = false;
  await post(9);
  await post(10);
  expect(failing()).toEqual([]);
  await core.stop();
});

test('receiver watch: the alert ends with a receiver that is not configured any more', async () => {
  const slack = createMouth('slack', true);
  const { clock, core, post, failing } = await startCore({ ops: [slack.notifier] });
  await post(1);
  expect(failing()).toEqual(['receiver/ops']);
  core.configureAlerts({ delivery: configOf({ ops: [createMouth('mail').notifier] }) });
  await clock.advance(5_000);
  expect(failing()).toEqual([]);
  expect(Object.keys(core.delivery.figures().notifications)).toEqual(['ops/mail']);
  await core.stop();
});

test('receiver watch: the alert of a run before ends with the first message that arrives, not sooner', async () => {
  const { store } = createTestStore();
  const slack = createMouth('slack', true);
  const before = await startCore({ ops: [slack.notifier] }, store);
  await before.post(1);
  expect(before.failing()).toEqual(['receiver/ops']);
  await before.core.stop();
  slack.state.isFailing = false;
  const after = await startCore({ ops: [slack.notifier] }, store);
  expect(after.failing()).toEqual(['receiver/ops']);
  await after.post(2);
  expect(after.failing()).toEqual([]);
  await after.core.stop();
});

test('receiver watch: receivers configured by way of the delivery are those that are shown, and our own routes stay', async () => {
  const [slack, mail] = [createMouth('slack'), createMouth('mail', true)];
  const { core, post, failing } = await startCore({ ops: [createMouth('old').notifier] });
  core.delivery.configure(configOf({ ops: [mail.notifier], boss: [slack.notifier] }));
  expect(core.receivers().map(({ name }) => name)).toEqual(['ops', 'boss']);
  for (let n = 0; n < 3; n += 1) await post(n);
  expect(failing()).toEqual(['receiver/ops']);
  // That the one fails is told by way of the other.
  expect(slack.state.told).toBeGreaterThan(0);
  await core.stop();
});
