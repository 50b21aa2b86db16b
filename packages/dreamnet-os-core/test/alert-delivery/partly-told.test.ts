import type { Notifier } from '@dreamnet/contracts';
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

/**
 * Two people behind one notifier: Ann takes every message, Bob answers as he is asked to. Only what it is told of earlier
 * attempts keeps Ann from getting a message again: it is made anew at each reload and remembers nothing itself.
 */
function createPair() {
  const ann: string[] = [];
  const bob: string[] = [];
  const state: { bob: Answer; trouble?: 'DN_TEST_AGAIN' | 'DN_TEST_NEVER' } = { bob: 'taken' };
  const notifier: Notifier = {
    name: 'pair[0]',
    notify: async (notification) => {
      if (state.trouble) throw failure(state.trouble);
      const text = `${notification.status} ${notification.alerts.map(({ labels }) => labels.n).join()}`;
      if (notification.undelivered === undefined) ann.push(text);
      const details = { isPartlyTold: true, undelivered: ['bob'] };
      if (state.bob === 'refused') throw failure('DN_TEST_NEVER', details);
      if (state.bob === 'put off') throw failure('DN_TEST_AGAIN', details);
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
  const { store, collection } = createTestStore();
  const scene = createScene({ ops: [pair.notifier] }, { ...EVERY_5_S, store });
  scene.delivery.post([{ labels: { alertname: 'Down', n: '1' }, ...OPEN }]);
  return { ...pair, ...scene, store, collection };
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

test('partly told: a reload while somebody is put off tells nobody twice', async () => {
  const { ann, bob, clock, delivery, notifier, state } = createPairScene('put off');
  await clock.advance(2000);
  delivery.configure(configOf({ ops: [{ ...notifier }] }, EVERY_5_S.parts));
  await clock.advance(30_000);
  expect([ann, bob]).toEqual([['firing 1'], []]);
  state.bob = 'taken';
  await clock.advance(30_000);
  expect([ann, bob]).toEqual([['firing 1'], ['firing 1']]);
});

test('partly told: who is left is what was said last, and it is kept only when it has changed', async () => {
  const { ann, clock, collection, state } = createPairScene('put off');
  await clock.advance(1000);
  const packs = collection('delivery-log').size;
  await clock.advance(60_000);
  expect(collection('delivery-log').size).toBe(packs);
  state.bob = 'taken';
  await clock.advance(30_000);
  expect(ann).toEqual(['firing 1']);
  expect(collection('delivery-log').size).toBeGreaterThan(0);
});

test('partly told: after a restart who was put off is told alone', async () => {
  const { ann, bob, clock, delivery, notifier, state, store } = createPairScene('put off');
  await clock.advance(30_000);
  await delivery.stop(0);
  state.bob = 'taken';
  const next = createFakeClock(clock.now());
  const config = configOf({ ops: [notifier] }, EVERY_5_S.parts);
  const second = createAlertDelivery({ clock: next, publish: () => undefined, store, config });
  await second.load();
  second.start();
  await next.advance(30_000);
  expect([ann, bob]).toEqual([['firing 1'], ['firing 1']]);
});
