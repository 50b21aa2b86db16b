import type { Clock, PublishEvent, Store, StoredRecord } from '@dreamnet/contracts';
import { coreError } from '../errors.js';
import type { AlertCase, AlertCases } from './alert-cases.js';
import { readStoredAlert } from './stored-alert.js';

interface Loading {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
  cases: AlertCases;
}

const PAGE = 1000;

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
  await eachRecord(store, 'alerts', ({ key, value }) => {
    const read = readStoredAlert(value);
    if ('alert' in read) found.push(caseOf(loading.clock, read.alert));
    else tellUnreadable(loading.publish, key, read.problem);
  });
  found.sort((a, b) => a.alert.detectedAt - b.alert.detectedAt);
  const fresh = found.filter(({ alert }) => cases.get(alert.id) === undefined);
  for (const one of fresh) cases.add(one);
  return fresh;
}

function tellUnreadable(publish: PublishEvent, key: string, problem: string): void {
  const error = coreError('DN_CORE_STORED_STATE', { what: 'alert', key, problem });
  publish('store.failed', 'alerts', { operation: 'load alerts', error: error.message });
}

async function eachRecord(
  store: Store,
  collection: string,
  take: (record: StoredRecord) => void,
): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await store.scan(collection, after === undefined ? { limit: PAGE } : { limit: PAGE, after });
    for (const record of page) take(record);
    after = page.at(-1)?.key;
    if (after === undefined || page.length < PAGE) return;
  }
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
