import { expect, test } from 'vitest';
import { toWebhookPayload } from '../../src/notifiers/legacy-payload.js';
import { aNotification, anAlert } from './alert.fixture.js';

test('webhook payload: the fields and forms of version 4', () => {
  const payload = toWebhookPayload(aNotification(), 'http://127.0.0.1:7766');
  expect(payload).toEqual({
    version: '4',
    groupKey: '{}:{"alertname":"health"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'hook',
    groupLabels: { alertname: 'health' },
    commonLabels: { alertname: 'health', team: 'a', subsystem: 'ledger', severity: 'warning' },
    commonAnnotations: { summary: 'ledger does not answer', alert_id: 'alert-ledger' },
    externalURL: 'http://127.0.0.1:7766',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'health', team: 'a', subsystem: 'ledger', severity: 'warning' },
        annotations: { summary: 'ledger does not answer', alert_id: 'alert-ledger' },
        startsAt: '2023-11-14T22:13:20.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://127.0.0.1:7766',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ],
  });
});

test('webhook payload: common is what all alerts share; a resolved one has its end', () => {
  const resolved = anAlert('feed', {
    state: 'resolved',
    resolvedAt: 1_700_000_060_000,
    resolvedBy: 'system',
  });
  const payload = toWebhookPayload(aNotification([anAlert('ledger'), resolved]), '');
  expect(payload.commonLabels).toEqual({ alertname: 'health', team: 'a', severity: 'warning' });
  expect(payload.commonAnnotations).toEqual({});
  expect(payload.alerts[1]).toMatchObject({ status: 'resolved', endsAt: '2023-11-14T22:14:20.000Z' });
  expect(payload.alerts[0]?.fingerprint).not.toBe(payload.alerts[1]?.fingerprint);
});
