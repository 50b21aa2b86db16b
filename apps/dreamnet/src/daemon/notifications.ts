import { createLegacyWebhookNotifier, createNotificationDispatcher } from '@dreamnet/adapters';
import type { Alert, Clock, DreamnetEvent, PublishEvent } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';

/** What OS Core found worth telling, on its way to the receivers. */
export interface Notifications {
  tell(alert: Alert, status: 'firing' | 'resolved'): void;
  stop(deadlineMs: number): Promise<void>;
}

/** Alerts of one fault come within moments of each other: they go together. */
const GROUP_WAIT_MS = 100;

/**
 * Delivers to the receivers of the fleet file. Which alerts are told at all (cause known, not silenced) was decided
 * before: this only groups, retries and says what could not be delivered.
 */
export function createNotifications(
  loaded: LoadedFleet,
  tools: { clock: Clock; publish: PublishEvent },
): Notifications {
  const { clock, publish } = tools;
  const dispatcher = createNotificationDispatcher({
    clock,
    publish,
    groupWaitMs: GROUP_WAIT_MS,
    notifiers: loaded.fleet.alerts.receivers.map(({ name, webhook }) =>
      createLegacyWebhookNotifier({ name, url: webhook.url, timeoutMs: webhook.timeout, clock }),
    ),
  });
  return {
    tell: (alert, status) => dispatcher.handle(toEvent(alert, status, clock.now())),
    stop: (deadlineMs) => dispatcher.stop(deadlineMs),
  };
}

function toEvent(alert: Alert, status: 'firing' | 'resolved', at: number): DreamnetEvent {
  const type = status === 'firing' ? 'alert.activated' : 'alert.resolved';
  return { id: createId('event'), type, at, source: 'daemon', subject: alert.subsystem, data: { alert } };
}
