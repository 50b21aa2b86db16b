import type { Notification, Notifier } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAlertDelivery } from '../../src/index.js';
import { createTestStore } from '../support.js';
import { configOf, createScene, START } from './setup.js';

const failure = createErrors({
  DN_TEST_AGAIN: { template: 'not now', httpStatus: 503, isRetryable: true },
  DN_TEST_NEVER: { template: 'never', httpStatus: 400, isRetryable: false },
});

type Answer = 'put off' | 'refused' | 'taken';

/** Two people behind one notifier: Ann takes every message, Bob answers as he is asked to. Who has one gets it once. */
function createPair() {
  const ann: string[] = [];
  const bob: string[] = [];
  const state: { bob: Answer; trouble?: 'DN_TEST_AGAIN' | 'DN_TEST_NEVER' } = { bob: 'taken' };
  const hasAnn = new WeakSet<Notification>();
  const notifier: Notifier = {
    name: 'pair[0]',
    notify: async (notification) => {
      if (state.trouble) throw failure(state.trouble);
      const text = `${notification.status} ${notification.alerts.map(({ labels }) => labels.n).join()}`;
      if (!hasAnn.has(notification)) ann.push(text);
      hasAnn.add(notification);
      if (state.bob === 'refused') throw failure('DN_TEST_NEVER', { isPartlyTold: true });
      if (state.bob === 'put off') throw failure('DN_TEST_AGAIN', { isPartlyTold: true });
      bob.push(text);
    },
  };
  return { ann, bob, state, notifier };
}

const OPEN = { startsAt: START, endsAt: START + 24 * 3_600_000 };
const EVERY_5_S = { parts: { route: { ...configOf({ ops: [] }).route, groupIntervalMs: 5000 } } };

function createPairScene(answer: Answer) {
  const pair = createPair();
  pair.state.bob = answer;
  const { store } = createTestStore();
  const scene = createScene({ ops: [pair.notifier] }, { ...EVERY_5_S, store });
  scene.delivery.post([{ labels: { alertname: 'Down', n: '1' }, ...OPEN }]);
  return { ...pair, ...scene, store };
}

test('partly told: who has it counts as told until it is repeated, and the refusal is one failure each time', async () => {
  const { ann, clock, delivery, events } = createPairScene('refused');
  await clock.advance(3_590_000);
  expect(ann).toEqual(['firing 1']);
  expect(delivery.figures().notifications['ops/pair[0]']).toMatchObject({ sent: 0, failed: 1 });
  expect(events.map(({ type }) => type)).toEqual(['notification.failed']);
  await clock.advance(20_000);
  expect(ann).toEqual(['firing 1', 'firing 1']);
  expect(events).toHaveLength(2);
});

test('partly told: who was put off is tried alone at every interval, until they have it', async () => {
  const { ann, bob, clock, delivery, state } = createPairScene('put off');
  await clock.advance(60_000);
  const { retried = 0 } = delivery.figures().notifications['ops/pair[0]'] ?? {};
  expect([ann, bob]).toEqual([['firing 1'], []]);
  expect(retried).toBeGreaterThan(10);
  state.bob = 'taken';
  await clock.advance(60_000);
  expect([ann, bob]).toEqual([['firing 1'], ['firing 1']]);
});

test('partly told: any other trouble before all have it makes nobody hear it twice', async () => {
  const { ann, bob, clock, state } = createPairScene('put off');
  await clock.advance(100);
  for (const trouble of ['DN_TEST_AGAIN', 'DN_TEST_NEVER'] as const) {
    state.trouble = trouble;
    await clock.advance(30_000);
  }
  state.bob = 'taken';
  delete state.trouble;
  await clock.advance(30_000);
  expect([ann, bob]).toEqual([['firing 1'], ['firing 1']]);
});

test('partly told: what is new is told to all, and so is the end', async () => {
  const { ann, bob, clock, delivery, state } = createPairScene('put off');
  await clock.advance(30_000);
  delivery.post([{ labels: { alertname: 'Down', n: '2' }, ...OPEN }]);
  await clock.advance(30_000);
  const ended = { startsAt: START, endsAt: clock.now() };
  delivery.post(['1', '2'].map((n) => ({ labels: { alertname: 'Down', n }, ...ended })));
  await clock.advance(30_000);
  expect(ann).toEqual(['firing 1', 'firing 1,2', 'resolved 1,2']);
  state.bob = 'taken';
  await clock.advance(30_000);
  expect([ann.length, bob]).toEqual([3, ['resolved 1,2']]);
  expect(delivery.groups()).toEqual([]);
});

test('partly told: somebody who is put off for ever is told like all others when it is repeated', async () => {
  const { ann, clock } = createPairScene('put off');
  await clock.advance(3_590_000);
  expect(ann).toHaveLength(1);
  await clock.advance(20_000);
  expect(ann).toHaveLength(2);
});

test('partly told: after a restart who was put off is not forgotten', async () => {
  const { bob, clock, delivery, notifier, state, store } = createPairScene('put off');
  await clock.advance(30_000);
  await delivery.stop(0);
  state.bob = 'taken';
  const next = createFakeClock(clock.now());
  const config = configOf({ ops: [notifier] }, EVERY_5_S.parts);
  const second = createAlertDelivery({ clock: next, publish: () => undefined, store, config });
  await second.load();
  second.start();
  await next.advance(30_000);
  expect(bob).toEqual(['firing 1']);
});
