import type { EventBusStats } from '@dreamnet/spine';
import type { StoreFigures } from '../daemon/store-tally.js';
import type { Family } from './exposition.js';

/** What the store refused, and what of the events is not in it. */
export function storeFamilies(store: StoreFigures, events: EventBusStats): readonly Family[] {
  return [
    {
      name: 'dreamnet_store_failed_commits_total',
      type: 'counter',
      help: 'Commits that the store refused; most are tried again.',
      samples: [[{}, store.refusedCommits]],
    },
    {
      name: 'dreamnet_store_unstorable_records_total',
      type: 'counter',
      help: 'Records that can never be stored, each left out by itself or refused.',
      samples: [[{}, store.unstorableRecords]],
    },
    {
      name: 'dreamnet_events_unrecorded_total',
      type: 'counter',
      help: 'Events that are not in the journal and will not be.',
      samples: [[{}, events.unrecorded]],
    },
    {
      name: 'dreamnet_events_pending',
      type: 'gauge',
      help: 'Events that are not in the journal yet.',
      samples: [[{}, events.pending]],
    },
  ];
}
