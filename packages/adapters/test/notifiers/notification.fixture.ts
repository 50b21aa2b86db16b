import type { Notification, NotifiedAlert } from '@dreamnet/contracts';

export const BEGAN_AT = Date.UTC(2026, 10, 21, 14, 3, 12, 250);

export function aFiringAlert(over: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    status: 'firing',
    labels: { alertname: 'AgentDown', node: 'n1', severity: 'critical' },
    annotations: { summary: 'agent 1 is down' },
    startsAt: BEGAN_AT,
    endsAt: null,
    generatorURL: 'http://prometheus.example/graph',
    fingerprint: '9f86d081884c7d65',
    ...over,
  };
}

export function aResolvedAlert(over: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return aFiringAlert({ status: 'resolved', endsAt: BEGAN_AT + 60_000, ...over });
}

export function aGroupNotification(over: Partial<Notification> = {}): Notification {
  const alerts = over.alerts ?? [aFiringAlert()];
  return {
    id: 'notification-1',
    receiver: 'team',
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    groupKey: '{}:{alertname="AgentDown"}',
    groupLabels: { alertname: 'AgentDown' },
    commonLabels: { alertname: 'AgentDown', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://console.example',
    alerts,
    truncatedAlerts: 0,
    at: BEGAN_AT + 1000,
    ...over,
  };
}
