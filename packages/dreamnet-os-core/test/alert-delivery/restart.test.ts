import { expect, test } from 'vitest';
import { createAlertDelivery } from '../../src/index.js';
import { createTestStore } from '../support.js';
import { configOf, createListener, createScene, is, labelsTold, START } from './setup.js';

/** Another process on the same store: the first one's memory is gone. */
async function restart(
  scene: ReturnType<typeof createScene>,
  receivers: Parameters<typeof configOf>[0],
  store: ReturnType<typeof createTestStore>['store'],
) {
  const delivery = createAlertDelivery({
    clock: scene.clock,
    publish: () => undefined,
    store,
    config: configOf(receivers),
  });
  await delivery.load();
  delivery.start();
  return delivery;
}

test('restart: what was told is not told again, and the end of it is', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await scene.clock.advance(5000);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(60_000);
  expect(ear.told).toHaveLength(1);
  expect(second.alerts().map(({ labels }) => labels)).toEqual([{ alertname: 'Down' }]);
  second.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 65_000 }]);
  await scene.clock.advance(60_000);
  expect(labelsTold(ear.told)).toEqual([
    ['firing', 'Down'],
    ['resolved', 'Down'],
  ]);
});

test('restart: an alert that nobody reports any more ends, and its end is told', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 10_000 }]);
  await scene.clock.advance(5000);
  scene.clock.jump(3_000_000);
  await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(1000);
  expect(ear.told).toHaveLength(1);
  await scene.clock.advance(360_000);
  expect(labelsTold(ear.told).at(-1)).toEqual(['resolved', 'Down']);
});

test('restart: an alert whose end was told does not come back', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 10_000 }]);
  await scene.clock.advance(70_000);
  expect(ear.told).toHaveLength(2);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(600_000);
  expect(ear.told).toHaveLength(2);
  expect(second.alerts()).toEqual([]);
});

test('restart: silences hold on, and one is in the store before it is answered', async () => {
  const ear = createListener();
  const { store, collection } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  const draft = { matchers: [is('alertname', 'Down')], startsAt: START, endsAt: START + 600_000 };
  const made = await scene.delivery.silences.set({ ...draft, createdBy: 'me', comment: '' });
  expect([...collection('delivery-silences').keys()]).toEqual([made.id]);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  second.post([{ labels: { alertname: 'Down' } }]);
  await scene.clock.advance(1000);
  expect(ear.told).toEqual([]);
  expect(second.alerts()[0]?.status.silencedBy).toEqual([made.id]);
});

test('restart: a silence that cannot be kept is refused and does not hold', async () => {
  const { store, state } = createTestStore();
  const scene = createScene({ ops: [] }, { store });
  state.isBroken = true;
  const draft = { matchers: [is('alertname', 'Down')], startsAt: START, endsAt: START + 600_000 };
  await expect(scene.delivery.silences.set({ ...draft, createdBy: 'me', comment: '' })).rejects.toThrow();
  expect(scene.delivery.silences.list()).toEqual([]);
});

test('restart: while the store fails alerts are told all the same, and it is said; later everything is kept', async () => {
  const ear = createListener();
  const { store, state } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  state.isBroken = true;
  scene.delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await scene.clock.advance(4000);
  expect(ear.told).toHaveLength(1);
  expect(new Set(scene.events.map(({ type }) => type))).toEqual(new Set(['store.failed']));
  state.isBroken = false;
  await scene.clock.advance(10_000);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(61_000);
  expect([ear.told.length, second.alerts().length]).toEqual([1, 1]);
});

test('restart: the store does not grow with what changes again and again', async () => {
  const { store, collection } = createTestStore();
  const scene = createScene({ ops: [] }, { store });
  for (let round = 0; round < 60; round += 1) {
    const annotations = { round: String(round) };
    const endsAt = scene.clock.now() + 600_000;
    scene.delivery.post(
      Array.from({ length: 100 }, (_, n) => ({
        labels: { alertname: 'Down', n: `${n}` },
        annotations,
        endsAt,
      })),
    );
    await scene.clock.advance(30_000);
  }
  const kept = [...collection('delivery-alerts').values()].flat().length;
  expect(kept).toBeLessThan(2500);
});

test('restart: dozens of alerts of a hundred thousand characters are kept, in records that a store takes', async () => {
  const ear = createListener();
  const { store, collection } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  const labelsOf = (n: number) => ({
    alertname: 'Long',
    n: String(n),
    trace: String(n).padEnd(100_000, 'x'),
  });
  scene.delivery.post(
    Array.from({ length: 40 }, (_, n) => ({ labels: labelsOf(n), endsAt: START + 600_000 })),
  );
  await scene.clock.advance(5000);
  for (const name of ['delivery-alerts', 'delivery-log']) {
    const sizes = [...collection(name).values()].map((value) => JSON.stringify(value).length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024);
  }
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  expect(second.alerts()).toHaveLength(40);
});
