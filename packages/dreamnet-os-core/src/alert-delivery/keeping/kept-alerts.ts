import type { LabelSet, PostedAlert } from '@dreamnet/contracts';
import { type AlertRecord, isResolved, ORDINARY_CHARACTERS, weightOf } from '../dispatch/alert-record.js';
import { createPackedRecords, type PackedRecords, type PackedRecordsOptions } from './packed-records.js';

/** Their senders repeat alerts within minutes: in a storm of them a crash may cost the last seconds. */
const DELAY_MS = 3_000;
const COLLECTION = 'delivery-alerts';

/** An alert as it was kept. */
export interface KeptAlert extends PostedAlert {
  fingerprint: string;
  startsAt: number;
  endsAt: number;
  isTimeout: boolean;
  /** Had it ended when it was written? Then it ended while we could hear of it. */
  hasEnded: boolean;
}

/**
 * Keeps alerts through a restart. One that is only reported again is not written again; one that ends is.
 *
 * @param onLoaded Told of each alert that was kept; false when it is of no use any more.
 */
export function createKeptAlerts(
  options: Pick<PackedRecordsOptions, 'clock' | 'store' | 'publish'> & {
    read: (fingerprint: string) => AlertRecord | undefined;
    onLoaded: (alert: KeptAlert) => boolean;
  },
): PackedRecords {
  return createPackedRecords({
    ...options,
    collection: COLLECTION,
    delayMs: DELAY_MS,
    read: (fingerprint) => {
      const record = options.read(fingerprint);
      return record && valueOfRecord(record, options.clock.now());
    },
    weigh: hundredsOfCharacters,
    onLoaded: (fingerprint, value) => {
      const alert = alertOf(fingerprint, value);
      return alert !== undefined && options.onLoaded(alert);
    },
  });
}

function valueOfRecord(record: AlertRecord, now: number): unknown {
  const { labels, annotations, startsAt, endsAt, isTimeout, generatorURL } = record;
  return [labels, annotations, startsAt, endsAt, isTimeout, generatorURL, isResolved(record, now)];
}

/** Labels, annotations and times of an ordinary alert are three hundred; some have a thousand times as many. */
function hundredsOfCharacters(value: unknown): number {
  const [labels, annotations] = value as [LabelSet, LabelSet];
  return 3 + ((weightOf({ labels, annotations }) - 1) * ORDINARY_CHARACTERS) / 100;
}

function alertOf(fingerprint: string, value: unknown): KeptAlert | undefined {
  if (!Array.isArray(value)) return undefined;
  const [labels, annotations, startsAt, endsAt, isTimeout, generatorURL, hasEnded] = value as unknown[];
  if (typeof startsAt !== 'number' || typeof endsAt !== 'number' || typeof generatorURL !== 'string')
    return undefined;
  return {
    fingerprint,
    labels: labels as LabelSet,
    annotations: annotations as LabelSet,
    startsAt,
    endsAt,
    isTimeout: isTimeout === true,
    hasEnded: hasEnded === true,
    generatorURL,
  };
}
