import type { Notification, Notifier, ReceiverView } from '@dreamnet/contracts';
import { createId, DreamnetError, withDeadline } from '@dreamnet/kit';
import { coreError } from '../errors.js';
import { mustBe, mustBeRules } from './argument-check.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

/** What came of telling a receiver something as a trial, by way of telling. */
export interface ReceiverTrial {
  notifier: string;
  ok: boolean;
  error?: string;
}

const TRIAL_DEADLINE_MS = 20_000;

/** Rules, receivers, and the settings of both. */
export function receiverFunctions(
  rooms: Rooms,
): Pick<DreamNetOSCoreFacade, 'delivery' | 'configureAlerts' | 'alertRules' | 'receivers' | 'tryReceiver'> {
  const { alerting } = rooms;
  return {
    delivery: alerting.delivery,
    configureAlerts: (settings) => {
      mustBe('object', 'configureAlerts(settings)', settings);
      mustBeRules('configureAlerts(settings): rules', settings.rules);
      alerting.configure(settings);
    },
    alertRules: alerting.rules.rules,
    receivers: () => viewReceivers(rooms),
    tryReceiver: async (name) => {
      const { receivers } = alerting.config();
      const notifiers = Object.hasOwn(receivers, name) ? receivers[name] : undefined;
      if (notifiers === undefined)
        throw coreError('DN_CORE_RECEIVER_UNKNOWN', { name, known: Object.keys(receivers).join(', ') });
      return Promise.all(notifiers.map((notifier) => tryOne(rooms, name, notifier)));
    },
  };
}

function viewReceivers({ alerting }: Rooms): ReceiverView[] {
  const { notifications } = alerting.delivery.figures();
  return Object.entries(alerting.config().receivers).map(([name, notifiers]) => ({
    name,
    notifiers: notifiers.map((notifier) => {
      const figures = notifications[`${name}/${notifier.name}`];
      return { name: notifier.name, sent: 0, failed: 0, retried: 0, ...figures };
    }),
  }));
}

async function tryOne({ clock }: Rooms, receiver: string, notifier: Notifier): Promise<ReceiverTrial> {
  const trial = { notifier: notifier.name };
  try {
    return await withDeadline<ReceiverTrial>(
      clock,
      TRIAL_DEADLINE_MS,
      async (signal) => {
        await notifier.notify(trialNotification(receiver, clock.now()), signal);
        return { ...trial, ok: true };
      },
      () => ({ ...trial, ok: false, error: `no answer within ${TRIAL_DEADLINE_MS / 1000} s` }),
    );
  } catch (thrown) {
    return { ...trial, ok: false, error: DreamnetError.from(thrown).message };
  }
}

function trialNotification(receiver: string, at: number): Notification {
  const labels = { alertname: 'ReceiverTest', severity: 'info', subsystem: 'dreamnet' };
  const annotations = {
    summary: 'A test: somebody asked whether this receiver can be told. Nothing is wrong.',
  };
  return {
    id: createId('notification'),
    receiver,
    status: 'firing',
    groupKey: '{}:{alertname="ReceiverTest"}',
    groupLabels: { alertname: 'ReceiverTest' },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations,
        startsAt: at,
        endsAt: null,
        generatorURL: '',
        fingerprint: '0000000000000000',
      },
    ],
    truncatedAlerts: 0,
    at,
  };
}
