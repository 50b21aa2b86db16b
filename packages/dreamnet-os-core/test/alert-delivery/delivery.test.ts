import type { Notifier } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { configOf, createListener, createScene, is, labelsTold, START } from './setup.js';

const failure = createErrors({
  DN_TEST_AGAIN: { template: 'not now', httpStatus: 503, isRetryable: true },
  DN_TEST_NEVER: { template: 'never', httpStatus: 400, isRetryable: false },
});

test('delivery: with no wait an alert is told at once, without a timer', async () => {
  const ear = createListener();
  const { delivery } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' } }]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(labelsTold(ear.told)).toEqual([['firing', 'Down']]);
  expect(ear.told[0]).toMatchObject({
    receiver: 'ops',
    groupKey: '{}:{alertname="Down"}',
    groupLabels: { alertname: 'Down' },
    commonLabels: { alertname: 'Down' },
    truncatedAlerts: 0,
    at: START,
    alerts: [{ fingerprint: '6accfd3d0992a914', endsAt: null, startsAt: START }],
  });
});

test('delivery: alerts of one post that belong together are told together', async () => {
  const ear = createListener();
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post(['1', '2', '3'].map((n) => ({ labels: { alertname: 'Down', n, job: 'a' } })));
  await clock.advance(0);
  expect(labelsTold(ear.told)).toEqual([['firing', '1', '2', '3']]);
  expect(ear.told[0]?.commonLabels).toEqual({ alertname: 'Down', job: 'a' });
});

test('delivery: what is wrong with an alert is said by its place, and the others are taken', () => {
  const { delivery } = createScene({ ops: [] });
  const refusals = delivery.post([
    { labels: {} },
    { labels: { a: 'b' } },
    { labels: { a: '' } },
    { labels: { a: 'b' }, startsAt: START, endsAt: START - 1 },
    { labels: { a: 5 as unknown as string } },
    { labels: { a: '\ud800' } },
    { labels: { a: 'c' }, annotations: { '': 'x' } },
    { labels: { constructor: 'x', __proto__: 'y' } as never },
  ]);
  expect(refusals.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6]);
  expect(delivery.figures()).toMatchObject({ refused: 6, received: { firing: 2, resolved: 0 } });
});

test('delivery: a failure that may pass is tried again with growing pauses, and the figures say so', async () => {
  const ear = createListener();
  ear.state.answer = async () => {
    throw failure('DN_TEST_AGAIN');
  };
  const { delivery, clock, events } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' } }]);
  await clock.advance(5000);
  const { retried } = delivery.figures().notifications['ops/ear[0]'] ?? {};
  // 250, 500, 1000, 2000 ms after each other: half of the doubled pause, as the jitter of this test has it.
  expect(retried).toBe(5);
  expect(events).toEqual([
    {
      type: 'notification.failed',
      subject: 'ops/ear[0]',
      data: expect.objectContaining({ receiver: 'ops', attempt: 1, error: 'not now' }),
    },
  ]);
  ear.state.answer = async () => undefined;
  await clock.advance(10_000);
  expect(labelsTold(ear.told)).toEqual([['firing', 'Down']]);
  expect(delivery.figures().notifications['ops/ear[0]']).toMatchObject({ sent: 1, failed: 0 });
});

test('delivery: a failure that cannot pass is given up, told as an event, and tried at the next interval', async () => {
  const ear = createListener();
  ear.state.answer = async () => {
    throw failure('DN_TEST_NEVER');
  };
  const { delivery, clock, events } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await clock.advance(59_000);
  expect(delivery.figures().notifications['ops/ear[0]']).toMatchObject({ sent: 0, failed: 1, retried: 0 });
  expect(events.map(({ type }) => type)).toEqual(['notification.failed']);
  ear.state.answer = async () => undefined;
  await clock.advance(1000);
  expect(ear.told).toHaveLength(1);
});

/** A receiver that says once that it wants to be left alone for so long, and writes down when it is asked. */
function createBusyEar(retryAfterMs: number, options: Partial<Notifier> = {}) {
  const ear = createListener('ear[0]', options);
  const askedMs: number[] = [];
  const clock = createFakeClock(START);
  ear.state.answer = async () => {
    askedMs.push(clock.now() - START);
    if (askedMs.length === 1) throw failure('DN_TEST_AGAIN', { retryAfterMs });
  };
  return { ...ear, askedMs, clock };
}

const EVERY_5_S = { parts: { route: { ...configOf({ ops: [] }).route, groupIntervalMs: 5000 } } };

test('delivery: a receiver that says when to ask again is not asked before by any group, and told then what is true then', async () => {
  const ear = createBusyEar(120_000);
  const { delivery, clock } = createScene({ ops: [ear.notifier] }, { ...EVERY_5_S, clock: ear.clock });
  const open = START + 3_600_000;
  delivery.post([{ labels: { alertname: 'Down', n: '1' }, endsAt: open }]);
  await clock.advance(30_000);
  delivery.post([{ labels: { alertname: 'Slow', n: '2' }, endsAt: open }]);
  delivery.post([{ labels: { alertname: 'Down', n: '3' }, endsAt: open }]);
  delivery.post([{ labels: { alertname: 'Gone', n: '4' }, startsAt: START, endsAt: START + 60_000 }]);
  await clock.advance(89_000);
  expect(ear.askedMs).toEqual([0]);
  await clock.advance(1000);
  expect(ear.askedMs).toEqual([0, 120_000, 120_000]);
  expect(labelsTold(ear.told)).toEqual([
    ['firing', '1', '3'],
    ['firing', '2'],
  ]);
  expect(delivery.figures().notifications['ops/ear[0]']).toMatchObject({ sent: 2, failed: 1 });
});

test('delivery: an end waits as long as the receiver asked for, and is told then', async () => {
  const ear = createBusyEar(120_000);
  const { delivery, clock } = createScene({ ops: [ear.notifier] }, { ...EVERY_5_S, clock: ear.clock });
  delivery.post([{ labels: { alertname: 'Slow' }, endsAt: START + 3_600_000 }]);
  await clock.advance(125_000);
  expect(labelsTold(ear.told)).toEqual([['firing', 'Slow']]);
  ear.askedMs.length = 0;
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 3_600_000 }]);
  await clock.advance(5000);
  delivery.post([{ labels: { alertname: 'Slow' }, startsAt: START, endsAt: START + 130_000 }]);
  await clock.advance(114_000);
  expect(ear.askedMs).toHaveLength(1);
  await clock.advance(2000);
  expect(labelsTold(ear.told).slice(1).sort()).toEqual([
    ['firing', 'Down'],
    ['resolved', 'Slow'],
  ]);
});

test('delivery: a receiver’s other notifiers are told meanwhile, and once', async () => {
  const ear = createBusyEar(120_000);
  const other = createListener('other[0]');
  const receivers = { ops: [ear.notifier, other.notifier] };
  const { delivery, clock, events } = createScene(receivers, { ...EVERY_5_S, clock: ear.clock });
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 3_600_000 }]);
  await clock.advance(119_000);
  expect([ear.askedMs, other.told.length, events.length]).toEqual([[0], 1, 1]);
  await clock.advance(6000);
  expect([ear.told.length, other.told.length]).toEqual([1, 1]);
});

test('delivery: no receiver is left alone for longer than five minutes, nor through a new configuration or an end', async () => {
  const ear = createBusyEar(86_400_000);
  const { delivery, clock } = createScene({ ops: [ear.notifier] }, { ...EVERY_5_S, clock: ear.clock });
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 3_600_000 }]);
  await clock.advance(299_000);
  expect(ear.askedMs).toEqual([0]);
  await clock.advance(1000);
  expect(ear.askedMs).toEqual([0, 300_000]);

  ear.askedMs.length = 0;
  delivery.post([{ labels: { alertname: 'Slow' }, endsAt: START + 3_600_000 }]);
  await clock.advance(20_000);
  expect(ear.askedMs).toEqual([300_000]);
  delivery.configure(configOf({ ops: [ear.notifier] }, EVERY_5_S.parts));
  await clock.advance(5000);
  expect(ear.askedMs).toHaveLength(2);

  ear.askedMs.length = 0;
  delivery.post([{ labels: { alertname: 'Last' }, endsAt: START + 3_600_000 }]);
  await clock.advance(20_000);
  await delivery.stop(1000);
  await delivery.settled();
  expect(ear.askedMs).toHaveLength(1);
});

test('delivery: an end that could not be told is not forgotten', async () => {
  const ear = createListener();
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' } }]);
  await clock.advance(1);
  ear.state.answer = async () => {
    throw failure('DN_TEST_NEVER');
  };
  delivery.post([{ labels: { alertname: 'Down' }, startsAt: START, endsAt: START + 1 }]);
  await clock.advance(60_000);
  expect(ear.told).toHaveLength(1);
  ear.state.answer = async () => undefined;
  await clock.advance(60_000);
  expect(labelsTold(ear.told)).toEqual([
    ['firing', 'Down'],
    ['resolved', 'Down'],
  ]);
  expect(ear.told[1]?.alerts[0]?.endsAt).toBe(START + 1);
});

test('delivery: a receiver that hangs is let go at the deadline, and delays no other receiver', async () => {
  const stuck = createListener('stuck[0]');
  const ear = createListener();
  let isAborted = false;
  stuck.state.answer = (signal) =>
    new Promise(() => signal.addEventListener('abort', () => (isAborted = true)));
  const { delivery, clock } = createScene(
    { slow: [stuck.notifier], ops: [ear.notifier] },
    { concurrency: 1, parts: { route: { routes: [{ receiver: 'ops', matchers: [is('team', 'ops')] }] } } },
  );
  for (const n of ['1', '2', '3']) delivery.post([{ labels: { alertname: n } }]);
  delivery.post([{ labels: { alertname: 'Down', team: 'ops' } }]);
  await clock.advance(1);
  expect(ear.told).toHaveLength(1);
  await clock.advance(60_999);
  expect(isAborted).toBe(true);
  const { failed, lastError, lastErrorAt, lastSentAt } =
    delivery.figures().notifications['slow/stuck[0]'] ?? {};
  expect([failed, lastError]).toEqual([1, expect.stringContaining('gave no answer within')]);
  expect([typeof lastErrorAt, lastSentAt]).toEqual(['number', undefined]);
});

test('delivery: no more than the allowed number are under way at once, and all get their turn', async () => {
  const ear = createListener();
  let open = 0;
  let most = 0;
  const { delivery, clock } = createScene({ ops: [ear.notifier] }, { concurrency: 3 });
  ear.state.answer = async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 10));
    open -= 1;
  };
  delivery.post(Array.from({ length: 10 }, (_, n) => ({ labels: { alertname: `a${n}` } })));
  await clock.advance(100);
  expect([most, ear.told.length]).toEqual([3, 10]);
});

test('delivery: a notifier with a limit is told so many times a minute and the rest a little later', async () => {
  const ear = createListener('ear[0]', { maxPerMinute: 2 });
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post(['a', 'b', 'c'].map((alertname) => ({ labels: { alertname } })));
  await clock.advance(29_000);
  expect(ear.told).toHaveLength(2);
  await clock.advance(2000);
  expect(ear.told).toHaveLength(3);
});

test('delivery: who does not want to hear of ends is told of firing ones only, and of no more than they take', async () => {
  const ear = createListener('ear[0]', { sendsResolved: false, maxAlerts: 2 });
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post(['1', '2', '3'].map((n) => ({ labels: { alertname: 'Down', n } })));
  await clock.advance(1);
  expect(ear.told[0]).toMatchObject({ truncatedAlerts: 1, alerts: { length: 2 } });
  delivery.post(
    ['1', '2', '3'].map((n) => ({ labels: { alertname: 'Down', n }, startsAt: START, endsAt: START + 1 })),
  );
  await clock.advance(120_000);
  expect(ear.told).toHaveLength(1);
  expect(delivery.groups()).toEqual([]);
});

test('delivery: what something else explains is not told, and shows as inhibited', async () => {
  const ear = createListener();
  let cause: readonly string[] = ['0123456789abcdef'];
  const { delivery, clock } = createScene({ ops: [ear.notifier] }, { suppressedBy: () => cause });
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await clock.advance(1);
  expect(ear.told).toEqual([]);
  expect(delivery.alerts()[0]?.status).toEqual({
    state: 'suppressed',
    silencedBy: [],
    inhibitedBy: ['0123456789abcdef'],
    mutedBy: [],
  });
  cause = [];
  await clock.advance(60_000);
  expect(ear.told).toHaveLength(1);
});

test('delivery: another configuration is in force at once, and what was told stays told', async () => {
  const ear = createListener();
  const other = createListener();
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await clock.advance(1000);
  delivery.configure(configOf({ ops: [ear.notifier], new: [other.notifier] }));
  await clock.advance(1000);
  expect([ear.told.length, other.told.length]).toEqual([1, 0]);
  delivery.configure(configOf({ new: [other.notifier], ops: [ear.notifier] }));
  await clock.advance(1000);
  expect([ear.told.length, other.told.length]).toEqual([1, 1]);
  expect(delivery.receivers()).toEqual(['new', 'ops']);
});

test('delivery: a configuration swapped while a notification is under way does not tell the same twice', async () => {
  const ear = createListener();
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  ear.state.answer = () => new Promise<void>((resolve) => clock.setTimeout(resolve, 500));
  delivery.post([{ labels: { alertname: 'Down' }, endsAt: START + 600_000 }]);
  await clock.advance(100);
  delivery.configure(configOf({ ops: [ear.notifier] }));
  await clock.advance(10_000);
  expect(ear.told).toHaveLength(1);
});

test('delivery: configurations that follow each other quickly all wait for what was under way before them', async () => {
  const ear = createListener();
  const { clock, delivery } = createScene({ ops: [ear.notifier] });
  const hearing: (() => void)[] = [];
  ear.state.answer = () => new Promise((resolve) => void hearing.push(resolve));
  delivery.post([{ labels: { alertname: 'Down' } }]);
  await clock.advance(1);
  for (let round = 0; round < 3; round += 1) {
    delivery.configure(configOf({ ops: [ear.notifier] }));
    await clock.advance(500);
  }
  expect(hearing).toHaveLength(1);
  hearing[0]?.();
  ear.state.answer = async () => undefined;
  await clock.advance(10_000);
  expect(ear.told).toHaveLength(1);
  delivery.post([{ labels: { alertname: 'Up' } }]);
  await clock.advance(1000);
  expect(ear.told).toHaveLength(2);
});

test.each([
  ['a receiver that there is not', { route: { receiver: 'nobody' } }],
  ['matchers on the root', { route: { receiver: 'ops', matchers: [is('a', 'b')] } }],
  ['an unknown time interval', { route: { routes: [{ muteTimeIntervals: ['night'] }] } }],
  ['an interval of nothing', { route: { groupIntervalMs: 0 } }],
])('delivery: a configuration with %s is refused and the one before stays', (_what, parts) => {
  const { delivery } = createScene({ ops: [] });
  expect(() => delivery.configure(configOf({ ops: [] }, parts))).toThrow(
    expect.objectContaining({ code: 'DN_CORE_DELIVERY_CONFIG_INVALID' }),
  );
  expect(delivery.routesOf({ a: 'b' })).toEqual(['ops']);
});

test('delivery: after the stop nothing is begun and no timer is left', async () => {
  const ear = createListener();
  ear.state.answer = async () => {
    throw failure('DN_TEST_AGAIN');
  };
  const { delivery, clock } = createScene({ ops: [ear.notifier] });
  delivery.post([{ labels: { alertname: 'Down' } }]);
  await clock.advance(100);
  await delivery.stop(1000);
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(600_000);
  expect(ear.told).toEqual([]);
});

test('delivery: lists leave out what is asked to be left out', async () => {
  const { delivery, clock } = createScene(
    { ops: [], db: [] },
    {
      parts: {
        route: { routes: [{ receiver: 'db', matchers: [is('team', 'db')] }] },
        inhibitRules: [
          { sources: [[is('alertname', 'Cause')]], targets: [is('kind', 'effect')], equal: ['zone'] },
        ],
      },
    },
  );
  const post = (labels: Record<string, string>) => delivery.post([{ labels, endsAt: START + 600_000 }]);
  post({ alertname: 'Cause', zone: 'a' });
  post({ alertname: 'Effect', kind: 'effect', zone: 'a' });
  post({ alertname: 'Other', kind: 'effect', zone: 'b', team: 'db' });
  await delivery.silences.set({
    ...{ matchers: [is('zone', 'b')], startsAt: START, endsAt: START + 60_000 },
    ...{ createdBy: 'me', comment: 'deploying' },
  });
  await clock.advance(1);
  const names = (query: Parameters<typeof delivery.alerts>[0]) =>
    delivery
      .alerts(query)
      .map(({ labels }) => labels.alertname)
      .sort();
  expect(names({})).toEqual(['Cause', 'Effect', 'Other']);
  expect(names({ isInhibited: false })).toEqual(['Cause', 'Other']);
  expect(names({ isSilenced: false })).toEqual(['Cause', 'Effect']);
  expect(names({ isActive: false })).toEqual(['Effect', 'Other']);
  expect(names({ receiver: /^db$/ })).toEqual(['Other']);
  expect(names({ matchers: [is('zone', 'a')] })).toEqual(['Cause', 'Effect']);
  expect(delivery.figures().alerts).toEqual({ active: 1, suppressed: 2, unprocessed: 0 });
  expect(delivery.groups({ isActive: false }).map(({ receiver, groupKey }) => [receiver, groupKey])).toEqual([
    ['ops', '{}:{alertname="Effect"}'],
    ['db', '{}/{team="db"}:{alertname="Other"}'],
  ]);
});

test('delivery: an alert that is older than the wait ends the wait of the group that it joins, once', async () => {
  const ear = createListener();
  const { delivery, clock } = createScene(
    { ops: [ear.notifier] },
    { parts: { route: { groupWaitMs: 10_000, groupIntervalMs: 4000 } } },
  );
  const post = (n: string, startsAt: number) =>
    delivery.post([{ labels: { alertname: 'Down', n }, startsAt, endsAt: START + 600_000 }]);
  post('1', START);
  await clock.advance(2000);
  post('2', START - 60_000);
  await clock.advance(1);
  expect(labelsTold(ear.told)).toEqual([['firing', '1', '2']]);
  post('3', START - 60_000);
  await clock.advance(3998);
  expect(ear.told).toHaveLength(1);
  await clock.advance(4001);
  expect(labelsTold(ear.told).slice(1)).toEqual([['firing', '1', '2', '3']]);
});

test('delivery: a silence holds on after the wall clock was set a day forward for a while and back again', async () => {
  const ear = createListener();
  const { clock, delivery } = createScene({ ops: [ear.notifier] });
  const now = clock.now();
  const draft = { matchers: [is('alertname', 'a')], createdBy: 'ana', comment: 'known' };
  const { id } = await delivery.silences.set({ ...draft, startsAt: now, endsAt: now + 3_600_000 });
  clock.jump(86_400_000);
  await clock.advance(60_000);
  clock.jump(-86_400_000);
  await clock.advance(60_000);
  delivery.post([{ labels: { alertname: 'a' } }]);
  await clock.advance(60_000);
  expect(delivery.figures().silences).toMatchObject({ active: 1, expired: 0 });
  expect(delivery.alerts().map(({ status }) => status.silencedBy)).toEqual([[id]]);
  expect(ear.told).toEqual([]);
  await delivery.stop(0);
});
