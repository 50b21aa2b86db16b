import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAlertDelivery } from '../../src/index.js';
import { createTestStore } from '../support.js';
import { configOf, createListener, createScene, is, labelsTold, START } from './setup.js';

/** Another process on the same store: the first one's memory is gone. */
async function restart(
  scene: Pick<ReturnType<typeof createScene>, 'clock'>,
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

/** The same moment by a clock of its own: for the process before, whose clock stands still, no time passes any more. */
const killed = ({ clock }: Pick<ReturnType<typeof createScene>, 'clock'>) => ({
  clock: createFakeClock(clock.now()),
});

const AN_HOUR = { startsAt: START, endsAt: START + 3_600_000 };

test('restart: an end that somebody stated stays an end, and is told at once', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, ...AN_HOUR }]);
  await scene.clock.advance(2000);
  scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 2000 }]);
  await scene.clock.advance(100);
  const next = killed(scene);
  const second = await restart(next, { ops: [ear.notifier] }, store);
  await next.clock.advance(100);
  const ends = [
    ['firing', 'Down'],
    ['resolved', 'Down'],
  ];
  expect(labelsTold(ear.told)).toEqual(ends);
  expect(ear.told[1]?.alerts[0]?.endsAt).toBe(START + 2000);
  expect(second.alerts().filter(({ endsAt }) => endsAt > next.clock.now())).toEqual([]);
  const last = killed(next);
  await restart(last, { ops: [ear.notifier] }, store);
  await last.clock.advance(600_000);
  expect(labelsTold(ear.told)).toEqual(ends);
});

test('restart: an end that lay ahead when it was stated and has passed before an orderly end stays one', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 2000 }]);
  await scene.clock.advance(3000);
  await scene.delivery.stop(0);
  await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(100);
  expect(labelsTold(ear.told).at(-1)).toEqual(['resolved', 'Down']);
});

test.each([
  ['as it passes', 32_100, [32_000]],
  ['with those that pass within the same second', 33_100, [32_000, 32_400, 32_800]],
])('restart: an end that lay ahead when it was stated is kept %s', async (_when, killedMs, keptMs) => {
  const ear = createListener();
  const { store } = createTestStore();
  const slowly = { parts: { route: { ...configOf({ ops: [] }).route, groupIntervalMs: 600_000 } } };
  const scene = createScene({ ops: [ear.notifier] }, { store, ...slowly });
  scene.delivery.post(
    [32_000, 32_400, 32_800].map((afterMs) => ({
      labels: { alertname: 'Down', n: String(afterMs) },
      ...{ startsAt: START, endsAt: START + afterMs },
    })),
  );
  await scene.clock.advance(killedMs);
  const next = killed(scene);
  await restart(next, { ops: [ear.notifier] }, store);
  await next.clock.advance(100);
  const ended = ear.told.at(-1)?.alerts.filter(({ status }) => status === 'resolved');
  expect(ended?.map(({ endsAt }) => (endsAt ?? 0) - START)).toEqual(keptMs);
});

test('restart: who was told of the end hears nothing more, and who was not hears the end alone', async () => {
  const [first, second, never] = [createListener('a[0]'), createListener('b[0]'), createListener('c[0]')];
  const { store } = createTestStore();
  const receivers = { ops: [first.notifier, second.notifier, never.notifier] };
  const hangs = () => new Promise<void>(() => undefined);
  never.state.answer = hangs;
  const scene = createScene(receivers, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 61_000 }]);
  await scene.clock.advance(100);
  second.state.answer = hangs;
  await scene.clock.advance(125_000);
  expect([first.told.length, second.told.length, never.told.length]).toEqual([2, 1, 0]);
  second.state.answer = async () => undefined;
  never.state.answer = second.state.answer;
  const next = killed(scene);
  await restart(next, receivers, store);
  await next.clock.advance(600_000);
  const both = [
    ['firing', 'Down'],
    ['resolved', 'Down'],
  ];
  expect([labelsTold(first.told), labelsTold(second.told)]).toEqual([both, both]);
  expect(never.told).toEqual([]);
});

test('restart: an end that passed while nobody ran is no stated one; the alert may be reported again', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 240_000 }]);
  await scene.clock.advance(3000);
  await scene.delivery.stop(0);
  scene.clock.jump(600_000);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(60_000);
  second.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: scene.clock.now() + 240_000 }]);
  await scene.clock.advance(200_000);
  expect(labelsTold(ear.told)).toEqual([['firing', 'Down']]);
});

test('restart: an alert that fires anew after an end that was told comes back as firing', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 2000 }]);
  await scene.clock.advance(61_000);
  scene.delivery.post([{ labels: { alertname: 'Down' } }]);
  await scene.clock.advance(62_000);
  expect(labelsTold(ear.told).at(-1)).toEqual(['firing', 'Down']);
  scene.clock.jump(600_000);
  const second = await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(1000);
  expect(second.alerts()[0]?.endsAt).toBeGreaterThan(scene.clock.now());
  expect(ear.told).toHaveLength(3);
});

test('restart: an end that one post has moved on far is the one that counts; steps of a minute are not written', async () => {
  const ear = createListener();
  const { store, collection } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  const post = (endsAt: number) =>
    scene.delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt }]);
  post(START + 240_000);
  for (let minute = 1; minute <= 3; minute += 1) {
    await scene.clock.advance(60_000);
    post(scene.clock.now() + 240_000);
  }
  await scene.clock.advance(1000);
  expect(collection('delivery-alerts').size).toBe(1);
  post(START + 7_200_000);
  await scene.clock.advance(600_000);
  const next = killed(scene);
  const second = await restart(next, { ops: [ear.notifier] }, store);
  expect(second.alerts().map(({ endsAt }) => endsAt - START)).toEqual([7_200_000]);
  await next.clock.advance(600_000);
  expect(labelsTold(ear.told)).toEqual([['firing', 'Down']]);
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

test('repeat: the interval is that of time passed; a clock that is set neither repeats nor holds back', async () => {
  for (const jumpMs of [-10_800_000, 0, 10_800_000]) {
    const ear = createListener();
    const { clock, delivery } = createScene({ ops: [ear.notifier] });
    const report = () => delivery.post([{ labels: { alertname: 'Down' }, endsAt: clock.now() + 14_400_000 }]);
    report();
    await clock.advance(600_000);
    clock.jump(jumpMs);
    report();
    // The hour between two, but for the minute between two looks.
    await clock.advance(2_880_000);
    expect(ear.told).toHaveLength(1);
    await clock.advance(240_000);
    expect(ear.told).toHaveLength(2);
    await clock.advance(3_600_000);
    expect(ear.told).toHaveLength(3);
    await delivery.stop(0);
  }
});

test('repeat: after a restart with the clock set back what was told is repeated after one interval at most', async () => {
  const ear = createListener();
  const { store } = createTestStore();
  const scene = createScene({ ops: [ear.notifier] }, { store });
  scene.delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 86_400_000 }]);
  await scene.clock.advance(600_000);
  await scene.delivery.stop(0);
  scene.clock.jump(-36_000_000);
  await restart(scene, { ops: [ear.notifier] }, store);
  await scene.clock.advance(3_480_000);
  expect(ear.told).toHaveLength(1);
  await scene.clock.advance(240_000);
  expect(ear.told).toHaveLength(2);
});
