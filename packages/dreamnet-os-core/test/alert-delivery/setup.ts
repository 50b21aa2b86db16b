import type { Notification, Notifier, PublishEvent, Store } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import {
  type AlertDelivery,
  type AlertDeliveryOptions,
  createAlertDelivery,
  type DeliveryConfig,
} from '../../src/index.js';

export const START = 1_700_000_000_000;

/** A receiver that writes down what it is told, and fails when it is asked to. */
export function createListener(name = 'ear[0]', options: Partial<Notifier> = {}) {
  const told: Notification[] = [];
  const state: { answer: (signal: AbortSignal) => Promise<void> } = { answer: async () => undefined };
  const notifier: Notifier = {
    ...options,
    name,
    notify: async (notification, signal) => {
      await state.answer(signal);
      told.push(notification);
    },
  };
  return { told, state, notifier };
}

export interface Scene {
  clock: FakeClock;
  delivery: AlertDelivery;
  events: { type: string; subject: string; data: unknown }[];
}

/** A running delivery: one group per alert name, told at once, looked at each minute, repeated each hour. */
export function createScene(
  receivers: DeliveryConfig['receivers'],
  options: Partial<AlertDeliveryOptions> & { parts?: Partial<DeliveryConfig>; store?: Store } = {},
): Scene {
  const { parts, clock = createFakeClock(START), ...rest } = options;
  const events: Scene['events'] = [];
  const publish: PublishEvent = (type, subject, data) => void events.push({ type, subject, data });
  const delivery = createAlertDelivery({
    clock,
    publish,
    random: () => 0,
    config: configOf(receivers, parts),
    ...rest,
  });
  delivery.start();
  return { clock: clock as FakeClock, delivery, events };
}

export function configOf(
  receivers: DeliveryConfig['receivers'],
  parts: Partial<DeliveryConfig> = {},
): DeliveryConfig {
  return {
    inhibitRules: [],
    timeIntervals: {},
    receivers,
    ...parts,
    route: {
      receiver: Object.keys(receivers)[0] ?? '',
      groupBy: ['alertname'],
      groupWaitMs: 0,
      groupIntervalMs: 60_000,
      repeatIntervalMs: 3_600_000,
      ...parts.route,
    },
  };
}

export const is = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });

export const labelsTold = (told: readonly Notification[]) =>
  told.map(({ status, alerts }) => [status, ...alerts.map(({ labels }) => labels.n ?? labels.alertname)]);
