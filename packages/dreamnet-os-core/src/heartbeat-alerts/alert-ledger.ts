import type { Alert, EventType, PublishEvent } from '@dreamnet/contracts';
import type { AlertChange } from '../boundary.js';
import type { AlertCase, AlertCases } from './alert-cases.js';
import type { AlertWriter } from './alert-writer.js';

/** Where every change of an alert is kept, put on disk and then told. */
export interface AlertLedger {
  readonly cases: AlertCases;
  readonly refused: number;
  /** Listeners that threw; the others were told all the same. */
  readonly failedListeners: number;
  record(found: AlertCase, alert: Alert, change: AlertChange): void;
  refuse(): void;
  /** Writes every alert to the store as it is now. */
  keepAll(): void;
  onChange(listener: (alert: Alert, change: AlertChange) => void): () => void;
}

/** Each change but an update is an event of its own. */
const EVENTS = {
  detected: 'alert.detected',
  activated: 'alert.activated',
  acknowledged: 'alert.acknowledged',
  resolved: 'alert.resolved',
  closed: 'alert.closed',
  updated: undefined,
} as const satisfies Record<AlertChange, EventType | undefined>;

/** A ledger over the given cases. */
export function createAlertLedger(options: {
  cases: AlertCases;
  writer: AlertWriter;
  publish: PublishEvent;
}): AlertLedger {
  const { cases, writer, publish } = options;
  const listeners = new Set<(alert: Alert, change: AlertChange) => void>();
  let refused = 0;
  let failedListeners = 0;
  const tell = (alert: Alert, change: AlertChange): void => {
    const event = EVENTS[change];
    if (event !== undefined) publish(event, alert.subsystem, { alert });
    for (const listener of [...listeners]) {
      try {
        listener(alert, change);
      } catch {
        failedListeners += 1;
      }
    }
  };
  return {
    cases,
    get refused() {
      return refused;
    },
    get failedListeners() {
      return failedListeners;
    },
    refuse: () => {
      refused += 1;
    },
    record: (found, alert, change) => {
      const forgotten = cases.replace(found, alert);
      for (const key of forgotten) writer.write({ op: 'delete', collection: 'alerts', key });
      writer.write({ op: 'put', collection: 'alerts', key: alert.id, value: alert }, () =>
        tell(alert, change),
      );
    },
    keepAll: () => {
      for (const { alert } of cases.all())
        writer.write({ op: 'put', collection: 'alerts', key: alert.id, value: alert });
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
