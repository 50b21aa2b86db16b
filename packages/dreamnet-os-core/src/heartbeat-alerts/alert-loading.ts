import type { Clock, PublishEvent, Store } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { coreError } from '../errors.js';
import type { AlertCase, AlertCases } from './alert-cases.js';
import { readStoredAlert } from './stored-alert.js';

interface Loading {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
  cases: AlertCases;
}

/**
 * Loads the alerts. An alert that was open stays open until its condition is judged anew; one that cannot be
 * read is left in the store, told of, and not used.
 *
 * @returns The alerts that were added.
 */
export async function loadAlerts(loading: Loading): Promise<readonly AlertCase[]> {
  const { store, cases } = loading;
  if (store === undefined) return [];
  const found: AlertCase[] = [];
  for await (const { key, value } of scanAll(store, 'alerts')) {
    const read = readStoredAlert(value);
    if ('alert' in read) found.push(caseOf(loading.clock, read.alert));
    else tellUnreadable(loading.publish, key, read.problem);
  }
  found.sort((a, b) => a.alert.detectedAt - b.alert.detectedAt);
  const fresh = found.filter(({ alert }) => cases.get(alert.id) === undefined);
  for (const one of fresh) cases.add(one);
  return fresh;
}

function tellUnreadable(publish: PublishEvent, key: string, problem: string): void {
  const error = coreError('DN_CORE_STORED_STATE', { what: 'alert', key, problem });
  publish('store.failed', 'alerts', { operation: 'load alerts', error: error.message });
}

function caseOf(clock: Clock, alert: AlertCase['alert']): AlertCase {
  return {
    alert,
    condition: undefined,
    seenSinceMs: clock.monotonic(),
    goneSinceMs: undefined,
    resolvedMs: alert.state === 'resolved' ? clock.monotonic() : undefined,
    wakeMs: Number.POSITIVE_INFINITY,
  };
}
