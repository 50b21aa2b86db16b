import type { Alert } from '@dreamnet/contracts';
import type { AlertBookRoom } from '../heartbeat-alerts/alert-book.js';
import { decideNotify } from '../heartbeat-alerts/notify-decision.js';

export type NotifyHook = (alert: Alert, status: 'firing' | 'resolved') => void;

/** Decides when the hook is told of an alert: once it is known whether something else explains it. */
export interface Notifications {
  /** The root cause of an active alert is decided. */
  judged(alert: Alert): void;
}

/**
 * @param hook Left out: nobody is told.
 * @param silencedBy Who silenced the alert and why; undefined when nobody did.
 */
export function createNotifications(
  book: Pick<AlertBookRoom, 'onChange'>,
  hook: NotifyHook | undefined,
  silencedBy: (alert: Alert) => string | undefined,
): Notifications {
  const judged = new Set<string>();
  const told = new Set<string>();
  const consider = (alert: Alert): void => {
    if (!hook || told.has(alert.id) || alert.state !== 'active') return;
    if (!decideNotify({ alert, silencedBy: silencedBy(alert) }).notify) return;
    told.add(alert.id);
    hook(alert, 'firing');
  };
  const end = (alert: Alert): void => {
    judged.delete(alert.id);
    if (told.delete(alert.id)) hook?.(alert, 'resolved');
  };
  book.onChange((alert, change) => {
    if (change === 'resolved' || change === 'closed') end(alert);
    // An alert whose cause has recovered without it is told of after all.
    else if (change === 'updated' && judged.has(alert.id)) consider(alert);
  });
  return {
    judged: (alert) => {
      if (alert.state === 'active') judged.add(alert.id);
      consider(alert);
    },
  };
}
