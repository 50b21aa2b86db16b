import type { DeliveryFigures } from '@dreamnet/dreamnet-os-core';
import { type Family, renderFamilies } from '../exposition.js';

/** What is known of the configuration in force. */
export interface ReloadState {
  isLastSuccessful: boolean;
  /** Epoch ms of the last one that was taken. */
  lastSuccessAt: number;
}

/**
 * The Prometheus text of the alert delivery.
 *
 * @param prefix `alertmanager` where we stand in for one, so that its dashboards and rules go on working; else `dreamnet`.
 */
export function renderDeliveryMetrics(
  figures: DeliveryFigures,
  prefix: 'alertmanager' | 'dreamnet',
  reload?: ReloadState,
): string {
  const families = [...alertFamilies(figures), ...notificationFamilies(figures), ...reloadFamilies(reload)];
  return renderFamilies(families.map((family) => ({ ...family, name: `${prefix}_${family.name}` })));
}

function alertFamilies({
  alerts,
  received,
  refused,
  refusedAsFull,
  groups,
  silences,
}: DeliveryFigures): Family[] {
  return [
    {
      name: 'alerts',
      type: 'gauge',
      help: 'Alerts held now, by state.',
      samples: Object.entries(alerts).map(([state, value]) => [{ state }, value]),
    },
    {
      name: 'alerts_received_total',
      type: 'counter',
      help: 'Alerts received.',
      samples: Object.entries(received).map(([status, value]) => [{ status, version: 'v2' }, value]),
    },
    {
      name: 'alerts_invalid_total',
      type: 'counter',
      help: 'Alerts received that were refused.',
      samples: [[{ version: 'v2' }, refused]],
    },
    {
      name: 'alerts_over_limit_total',
      type: 'counter',
      help: 'Alerts received that were not taken because as many as may be held were held.',
      samples: [[{}, refusedAsFull]],
    },
    {
      name: 'dispatcher_aggregation_groups',
      type: 'gauge',
      help: 'Groups of alerts now.',
      samples: [[{}, groups]],
    },
    {
      name: 'silences',
      type: 'gauge',
      help: 'Silences, by state.',
      samples: Object.entries(silences).map(([state, value]) => [{ state }, value]),
    },
  ];
}

function notificationFamilies({ notifications }: DeliveryFigures): Family[] {
  const told = Object.entries(notifications).map(([key, value]) => ({ labels: labelsOf(key), ...value }));
  return [
    {
      name: 'notifications_total',
      type: 'counter',
      help: 'Notifications that were to be delivered.',
      samples: told.map(({ labels, sent, failed }) => [labels, sent + failed]),
    },
    {
      name: 'notifications_failed_total',
      type: 'counter',
      help: 'Notifications that were given up.',
      samples: told.map(({ labels, failed }) => [labels, failed]),
    },
    {
      name: 'notification_retries_total',
      type: 'counter',
      help: 'Attempts beyond the first one.',
      samples: told.map(({ labels, retried }) => [labels, retried]),
    },
  ];
}

/** `team/webhook[0]`: the last slash, because a receiver's name may have one. */
function labelsOf(key: string): Record<string, string> {
  const slash = key.lastIndexOf('/');
  const notifier = key.slice(slash + 1);
  const [, integration = notifier, index = '0'] = /^(.*)\[(\d+)\]$/.exec(notifier) ?? [];
  return { receiver_name: key.slice(0, slash), integration, index };
}

function reloadFamilies(reload: ReloadState | undefined): Family[] {
  if (!reload) return [];
  return [
    {
      name: 'config_last_reload_successful',
      type: 'gauge',
      help: 'Was the last attempt to read the configuration successful? 0 or 1.',
      samples: [[{}, reload.isLastSuccessful ? 1 : 0]],
    },
    {
      name: 'config_last_reload_success_timestamp_seconds',
      type: 'gauge',
      help: 'When the configuration in force was read.',
      samples: [[{}, reload.lastSuccessAt / 1000]],
    },
  ];
}
