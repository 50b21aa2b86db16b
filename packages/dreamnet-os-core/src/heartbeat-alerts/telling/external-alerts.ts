import type { Alert, Clock, LabelSet, PostedAlert } from '@dreamnet/contracts';
import { createDueQueue } from '@dreamnet/kit';
import type { AlertDelivery, PostRefusal } from '../../alert-delivery/alert-delivery-boundary.js';
import type { AlertBook } from '../../boundary.js';
import {
  EXTERNAL_ID,
  EXTERNAL_PREFIX,
  externalAlert,
  externalCondition,
  subjectOfLabels,
} from '../external-alert.js';
import { ownAlertId } from './own-notice.js';

export interface ExternalAlertsOptions {
  clock: Clock;
  delivery: Pick<AlertDelivery, 'post' | 'alert' | 'alerts'>;
  book: Pick<AlertBook, 'raise' | 'clear' | 'open'>;
  isWatched: (subsystem: string) => boolean;
  fingerprintOf: (labels: LabelSet) => string;
}

/** Alerts that somebody else posts: told to receivers as they are, and known here if they are about what we watch. */
export interface ExternalAlerts {
  post(alerts: readonly PostedAlert[]): readonly PostRefusal[];
  /** Those about nothing that is watched, as alerts of our shape: firing and lately ended ones. */
  list(): readonly Alert[];
  get(id: string): Alert | undefined;
  /** After a start: alerts in the book from before end when the delivery knows no more of them. */
  resume(): void;
  stop(): void;
  /** Looks at ends that are queued: about one per alert, however often it is reported. */
  readonly waiting: number;
}

/** Monotonic ms. */
interface End {
  endMs: number;
  /** The earliest queued look at it. */
  lookMs: number;
}

/** Ended ones are let go of once so many are remembered. */
const SWEEP_AT_LEAST = 1_000;

/** Nothing has been posted yet. */
export function createExternalAlerts(options: ExternalAlertsOptions): ExternalAlerts {
  const { clock, delivery, book } = options;
  // The delivery alone decides when an alert ends: it may hold to an end that was stated before, and its clock may be set.
  const leftMs = (fingerprint: string): number => {
    const delivered = delivery.alert(fingerprint);
    return delivered === undefined ? 0 : delivered.endsAt - clock.now();
  };
  const onEnd = (fingerprint: string): void => book.clear(`${EXTERNAL_PREFIX}${fingerprint}`);
  const ends = createEnds(clock, leftMs, onEnd);
  const foreign = createForeign(delivery);
  const take = (posted: PostedAlert): void => {
    const fingerprint = options.fingerprintOf(posted.labels);
    foreign.add(fingerprint);
    if (!options.isWatched(subjectOfLabels(posted.labels))) return;
    if (ends.expect(fingerprint)) book.raise(externalCondition(posted, fingerprint));
  };
  const read = (fingerprint: string): Alert | undefined => {
    const delivered = delivery.alert(fingerprint);
    if (delivered === undefined || !isForeign(delivered) || ends.has(fingerprint)) return undefined;
    return externalAlert(delivered, clock.now());
  };
  return {
    post: (alerts) => {
      const refusals = delivery.post(alerts);
      const refused = new Set(refusals.map(({ index }) => index));
      for (const [index, posted] of alerts.entries()) if (!refused.has(index)) take(posted);
      return refusals;
    },
    list: () =>
      foreign
        .list()
        .map(read)
        .filter((alert) => alert !== undefined),
    get: (id) => (id.startsWith(EXTERNAL_ID) ? read(id.slice(EXTERNAL_ID.length)) : undefined),
    resume: () => {
      for (const one of delivery.alerts()) if (isForeign(one)) foreign.add(one.fingerprint);
      for (const { fingerprint: key } of book.open())
        if (key.startsWith(EXTERNAL_PREFIX)) ends.expect(key.slice(EXTERNAL_PREFIX.length));
    },
    stop: ends.stop,
    get waiting() {
      return ends.waiting;
    },
  };
}

function isForeign({ annotations }: Pick<Alert, 'annotations'>): boolean {
  return ownAlertId(annotations ?? {}) === undefined;
}

/** Fingerprints of what came from elsewhere: nobody looks through our own for them. */
function createForeign(delivery: Pick<AlertDelivery, 'alert'>) {
  const all = new Set<string>();
  let sweepAt = SWEEP_AT_LEAST;
  const sweep = (): void => {
    for (const one of all) if (delivery.alert(one) === undefined) all.delete(one);
    // Twice what is left: a sweep costs each alert taken no more than a look at two.
    sweepAt = Math.max(SWEEP_AT_LEAST, 2 * all.size);
  };
  return {
    add: (fingerprint: string): void => {
      all.add(fingerprint);
      if (all.size >= sweepAt) sweep();
    },
    list: (): readonly string[] => [...all],
  };
}

/** When which alert ends. @param leftMs How long it goes on yet; 0 or less when it has ended. */
function createEnds(
  clock: Clock,
  leftMs: (fingerprint: string) => number,
  onEnd: (fingerprint: string) => void,
) {
  const ends = new Map<string, End>();
  const endNow = (fingerprint: string): void => {
    ends.delete(fingerprint);
    onEnd(fingerprint);
  };
  const queue = createDueQueue<string>(clock, (fingerprint, { dueMs }) => {
    const end = ends.get(fingerprint);
    if (end === undefined || end.lookMs !== dueMs) return;
    if (end.endMs > clock.monotonic()) look(fingerprint, end);
    else expectEnd(fingerprint);
  });
  const look = (fingerprint: string, end: End): void => {
    end.lookMs = end.endMs;
    queue.push(end.endMs, fingerprint);
  };
  const expectEnd = (fingerprint: string): boolean => {
    const left = leftMs(fingerprint);
    if (left <= 0) {
      endNow(fingerprint);
      return false;
    }
    const endMs = clock.monotonic() + left;
    const end = ends.get(fingerprint) ?? { endMs, lookMs: Number.POSITIVE_INFINITY };
    // An end that moves on is looked at when the queued look comes: senders repeat their alerts again and again.
    const isQueued = end.lookMs > clock.monotonic() && end.lookMs <= endMs;
    end.endMs = endMs;
    ends.set(fingerprint, end);
    if (!isQueued) look(fingerprint, end);
    return true;
  };
  return {
    has: (fingerprint: string): boolean => ends.has(fingerprint),
    /** @returns Does it go on? One that does not has ended now. */
    expect: expectEnd,
    stop: queue.clear,
    get waiting(): number {
      return queue.size;
    },
  };
}
