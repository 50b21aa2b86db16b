import type {
  Alert,
  DreamnetEvent,
  LegacyNotification,
  LegacyNotifier,
  PublishEvent,
} from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createNotificationDispatcher } from '../../src/notifiers/dispatcher.js';
import { anAlert } from './alert.fixture.js';

const failure = createErrors({
  DN_TEST_AGAIN: { template: 'try again', httpStatus: 503, isRetryable: true },
  DN_TEST_NEVER: { template: 'no', httpStatus: 400, isRetryable: false },
});
type Answer = (attempt: number, signal: AbortSignal) => Promise<void> | void;

function receiver(name: string, answer: Answer = () => undefined) {
  const taken: LegacyNotification[] = [];
  let calls = 0;
  const notifier: LegacyNotifier = {
    name,
    notify: async (notification, signal) => {
      calls += 1;
      await answer(calls, signal);
      taken.push(notification);
    },
  };
  const told = () =>
    taken.map(({ status, alerts }) => `${status} ${alerts.map((one) => one.subsystem).join('+')}`);
  return { notifier, taken, told, calls: () => calls };
}

function setUp(notifiers: readonly LegacyNotifier[], options: object = {}) {
  const clock = createFakeClock();
  const failures: unknown[] = [];
  const publish: PublishEvent = (type, subject, data) => failures.push({ type, subject, ...data });
  const dispatcher = createNotificationDispatcher({ clock, publish, notifiers, random: () => 1, ...options });
  const tell = (type: DreamnetEvent['type'], alert: Alert, by = '') =>
    dispatcher.handle({
      id: 'e',
      at: 0,
      source: 't',
      subject: 's',
      type,
      data: { alert, by },
    } as DreamnetEvent);
  return { clock, failures, dispatcher, tell };
}

test('dispatcher: alerts of one second go together; their end is told once each', async () => {
  const hook = receiver('hook');
  const { clock, tell } = setUp([hook.notifier]);
  tell('alert.activated', anAlert('a'));
  await clock.advance(500);
  tell('alert.activated', anAlert('b', { severity: 'critical' }));
  await clock.advance(499);
  expect(hook.told()).toEqual([]);
  await clock.advance(501);
  expect(hook.told()).toEqual(['firing a', 'firing b']);
  expect(hook.taken[1]?.severity).toBe('critical');
  tell('alert.resolved', anAlert('a'));
  tell('alert.closed', anAlert('a'));
  await clock.advance(0);
  expect(hook.told()).toEqual(['firing a', 'firing b', 'resolved a']);
});

test('dispatcher: what was never told, because it was over or silenced, does not end either', async () => {
  const hook = receiver('hook');
  const { clock, tell } = setUp([hook.notifier], { isMuted: (alert: Alert) => alert.subsystem === 'muted' });
  tell('alert.activated', anAlert('short'));
  tell('alert.activated', anAlert('muted'));
  await clock.advance(10);
  tell('alert.resolved', anAlert('short'));
  await clock.advance(5000);
  tell('alert.resolved', anAlert('muted'));
  await clock.advance(5000);
  expect(hook.told()).toEqual([]);
});

test('dispatcher: an effect of a cause is told only if it outlives the cause', async () => {
  const hook = receiver('hook');
  const { clock, tell } = setUp([hook.notifier]);
  tell('alert.activated', anAlert('cause'));
  tell('alert.activated', anAlert('effect-1'));
  tell('alert.inhibited', anAlert('effect-1'), 'cause');
  tell('alert.activated', anAlert('effect-2', { causedBy: 'cause' }));
  await clock.advance(60_000);
  expect(hook.told()).toEqual(['firing cause']);
  tell('alert.resolved', anAlert('cause'));
  await clock.advance(9000);
  tell('alert.resolved', anAlert('effect-1'));
  await clock.advance(1000);
  expect(hook.told()).toEqual(['firing cause', 'resolved cause', 'firing effect-2']);
  expect(hook.taken[2]?.alerts[0]).not.toHaveProperty('causedBy');
});

test('dispatcher: tries again with growing delays, and each failed try is an event', async () => {
  const hook = receiver('hook', (attempt) => {
    if (attempt < 4) throw failure('DN_TEST_AGAIN');
  });
  const { clock, tell, failures } = setUp([hook.notifier]);
  tell('alert.activated', anAlert('a'));
  await clock.advance(1000);
  expect(hook.calls()).toBe(1);
  await clock.advance(1000);
  expect(hook.calls()).toBe(2);
  await clock.advance(1999);
  expect(hook.calls()).toBe(2);
  await clock.advance(1 + 4000);
  expect(hook.told()).toEqual(['firing a']);
  const failed = (attempt: number) => ({
    type: 'notification.failed',
    subject: 'hook',
    receiver: 'hook',
    alertId: 'alert-a',
    attempt,
    error: 'DN_TEST_AGAIN: try again',
  });
  expect(failures).toEqual([failed(1), failed(2), failed(3)]);
});

test('dispatcher: what cannot succeed is not tried again, and what never succeeds is given up', async () => {
  const never = receiver('never', () => {
    throw failure('DN_TEST_NEVER');
  });
  const always = receiver('always', () => {
    throw failure('DN_TEST_AGAIN');
  });
  const { clock, tell } = setUp([never.notifier, always.notifier], { attempts: 3 });
  tell('alert.activated', anAlert('a'));
  await clock.advance(600_000);
  expect([never.calls(), always.calls()]).toEqual([1, 3]);
});

test('dispatcher: the receiver’s Retry-After counts when it is longer', async () => {
  const hook = receiver('hook', (attempt) => {
    if (attempt === 1) throw failure('DN_TEST_AGAIN', { retryAfterMs: 30_000 });
  });
  const { clock, tell } = setUp([hook.notifier]);
  tell('alert.activated', anAlert('a'));
  await clock.advance(1000 + 29_999);
  expect(hook.calls()).toBe(1);
  await clock.advance(1);
  expect(hook.calls()).toBe(2);
});

test('dispatcher: a receiver that hangs delays no other; its queue is bounded and the loss is told', async () => {
  const stuck = receiver('stuck', () => new Promise(() => undefined));
  const hook = receiver('hook');
  const { clock, tell, failures } = setUp([stuck.notifier, hook.notifier], { queueLimit: 2 });
  for (const name of ['a', 'b', 'c', 'd']) {
    tell('alert.activated', anAlert(name));
    await clock.advance(1000);
  }
  expect(hook.told()).toEqual(['firing a', 'firing b', 'firing c', 'firing d']);
  expect(failures).toMatchObject([{ receiver: 'stuck', alertId: 'alert-b', attempt: 0 }]);
});

test('dispatcher: stop sends what waits, then gives up at the deadline and says so', async () => {
  const hook = receiver('hook');
  const stuck = receiver(
    'stuck',
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const { clock, tell, failures, dispatcher } = setUp([hook.notifier, stuck.notifier]);
  tell('alert.activated', anAlert('a'));
  let isDone = false;
  const stopping = dispatcher.stop(500).then(() => {
    isDone = true;
  });
  await clock.advance(499);
  expect([hook.told(), isDone]).toEqual([['firing a'], false]);
  await clock.advance(1);
  await stopping;
  expect(failures).toMatchObject([{ receiver: 'stuck', attempt: 1 }]);
  tell('alert.activated', anAlert('late'));
  await clock.advance(10_000);
  expect(hook.told()).toEqual(['firing a']);
  expect(clock.pendingTimers).toBe(0);
});
