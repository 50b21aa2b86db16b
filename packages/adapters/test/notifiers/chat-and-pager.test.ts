import { createHash } from 'node:crypto';
import { systemClock } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { createAlertmanagerNotifier } from '../../src/notifiers/alertmanager.js';
import { createBusNotifier } from '../../src/notifiers/bus.js';
import { plainTextOf, titleOf } from '../../src/notifiers/message-text.js';
import { createPagerdutyNotifier } from '../../src/notifiers/pagerduty.js';
import { createSlackNotifier } from '../../src/notifiers/slack.js';
import { type HttpReceiver, startHttpReceiver } from './http-receiver.fixture.js';
import { aFiringAlert, aGroupNotification, aResolvedAlert, BEGAN_AT } from './notification.fixture.js';

const clock = systemClock();
const signal = () => new AbortController().signal;

async function withReceiver(use: (receiver: HttpReceiver) => Promise<void>): Promise<void> {
  const receiver = await startHttpReceiver();
  try {
    await use(receiver);
  } finally {
    await receiver.close();
  }
}

test('title: says how many, what, where, how bad and, if all agree, why', () => {
  expect(titleOf(aGroupNotification())).toBe('[FIRING:1] AgentDown (critical)');
  const commonLabels = { alertname: 'AgentDown', subsystem: 'billing' };
  const commonAnnotations = { summary: 'no answer' };
  const alerts = [aResolvedAlert(), aResolvedAlert()];
  expect(titleOf(aGroupNotification({ alerts, commonLabels, commonAnnotations }))).toBe(
    '[RESOLVED:2] AgentDown on billing: no answer',
  );
});

test('title: a group of different alerts names them, or how many they are', () => {
  const named = (alertname: string) => aFiringAlert({ labels: { alertname } });
  const over = { commonLabels: {}, groupLabels: {} };
  expect(titleOf(aGroupNotification({ ...over, alerts: [named('A'), named('B')] }))).toBe('[FIRING:2] A, B');
  const many = ['A', 'B', 'C', 'D'].map(named);
  expect(titleOf(aGroupNotification({ ...over, alerts: many }))).toBe('[FIRING:4] 4 alerts');
});

test('text: firing alerts come first, and what is left out is said', () => {
  const alerts = [aResolvedAlert({ annotations: {} }), aFiringAlert(), aFiringAlert()];
  const text = plainTextOf(aGroupNotification({ alerts, truncatedAlerts: 4 }), 2);
  expect(text.startsWith('FIRING  agent 1 is down\n  node=n1\n  since 2026-11-21 14:03:12 UTC')).toBe(true);
  expect(text).not.toContain('RESOLVED');
  expect(text).toContain('and 5 more');
});

test('slack: one attachment, red while it fires, its markup escaped', () =>
  withReceiver(async (receiver) => {
    const notifier = createSlackNotifier({
      name: 's',
      clock,
      url: receiver.url,
      channel: '#ops',
      username: 'dn',
    });
    const alerts = [aFiringAlert({ annotations: { summary: '<!channel> & co' } })];
    await notifier.notify(aGroupNotification({ alerts }), signal());
    const message = JSON.parse(receiver.seen[0]?.body ?? '');
    expect(message).toMatchObject({ channel: '#ops', username: 'dn' });
    expect(message.attachments).toHaveLength(1);
    expect(message.attachments[0]).toMatchObject({ color: 'danger', title_link: 'http://console.example' });
    expect(message.attachments[0].text).toContain('&lt;!channel&gt; &amp; co');
  }));

for (const [error, isRetryable] of [
  ['channel_not_found', false],
  ['ratelimited', true],
] as const)
  test(`slack: a 200 that says ${error} is ${isRetryable ? 'worth another try' : 'final'}`, () =>
    withReceiver(async (receiver) => {
      receiver.answer = (response) => void response.end(JSON.stringify({ ok: false, error }));
      const notifier = createSlackNotifier({ name: 's', clock, url: receiver.url });
      await expect(notifier.notify(aGroupNotification(), signal())).rejects.toMatchObject({
        retryable: isRetryable,
        details: { answer: error },
      });
    }));

test('pagerduty: a group opens one incident and resolves the same one', () =>
  withReceiver(async (receiver) => {
    const notifier = createPagerdutyNotifier({ name: 'p', clock, url: receiver.url, routingKey: 'key1' });
    const notification = aGroupNotification();
    await notifier.notify(notification, signal());
    await notifier.notify({ ...notification, status: 'resolved', alerts: [aResolvedAlert()] }, signal());
    const [trigger, resolve] = receiver.seen.map(({ body }) => JSON.parse(body));
    const dedupKey = createHash('sha256').update(notification.groupKey).digest('hex');
    expect(trigger).toMatchObject({
      routing_key: 'key1',
      event_action: 'trigger',
      dedup_key: dedupKey,
      payload: {
        summary: '[FIRING:1] AgentDown (critical)',
        severity: 'critical',
        source: 'team',
        custom_details: { num_firing: '1', num_resolved: '0' },
      },
    });
    expect(resolve).toEqual({ routing_key: 'key1', event_action: 'resolve', dedup_key: dedupKey });
  }));

test('pagerduty: a severity it does not know becomes an error', () =>
  withReceiver(async (receiver) => {
    const notifier = createPagerdutyNotifier({ name: 'p', clock, url: receiver.url, routingKey: 'key1' });
    await notifier.notify(aGroupNotification({ commonLabels: { severity: 'page' } }), signal());
    expect(JSON.parse(receiver.seen[0]?.body ?? '').payload.severity).toBe('error');
  }));

test('alertmanager: what fires is held, what ended says when', () =>
  withReceiver(async (receiver) => {
    const notifier = createAlertmanagerNotifier({
      name: 'a',
      clock,
      url: `${receiver.url}/am/`,
      holdMs: 1000,
    });
    const alerts = [aFiringAlert({ generatorURL: '' }), aResolvedAlert()];
    await notifier.notify(aGroupNotification({ alerts, at: BEGAN_AT }), signal());
    expect(receiver.seen[0]?.path).toBe('/am/api/v2/alerts');
    const [firing, resolved] = JSON.parse(receiver.seen[0]?.body ?? '');
    expect(firing.endsAt).toBe(new Date(BEGAN_AT + 1000).toISOString());
    expect(firing).not.toHaveProperty('generatorURL');
    expect(resolved.endsAt).toBe(new Date(BEGAN_AT + 60_000).toISOString());
  }));

test('bus: the notification is one event on the receiver’s subject', async () => {
  const events: unknown[] = [];
  const notifier = createBusNotifier({ name: 'bus[0]', publish: (...event) => void events.push(event) });
  const notification = aGroupNotification();
  await notifier.notify(notification, signal());
  expect(events).toEqual([['notification.published', 'team', { notification }]]);
});
