import type { LabelSet, PostedAlert } from '@dreamnet/contracts';
import type { PostRefusal } from '../alert-delivery-boundary.js';
import { createLabelInterning } from '../labels/label-sets.js';
import { type AlertRecord, isResolved, mergeReports, readPosted } from './alert-record.js';

/** All alerts that are held, by their fingerprints. */
export interface AlertRecords {
  /** Takes the good ones; says of the others what is wrong. */
  post(alerts: readonly PostedAlert[], options: PostOptions): readonly PostRefusal[];
  get(fingerprint: string): AlertRecord | undefined;
  all(): Iterable<AlertRecord>;
  /** In the order of their fingerprints. */
  sorted(): readonly AlertRecord[];
  /** Drops those that ended before the time and that nobody is still to be told of. */
  prune(endedBefore: number, onGone: (record: AlertRecord) => void): void;
  counts(): { received: { firing: number; resolved: number }; refused: number };
}

export interface PostOptions {
  /** Epoch ms. */
  now: number;
  resolveTimeoutMs: number;
  /** Told of each alert taken. `isNews` is false of a known one that says nothing new but that it goes on. */
  onTaken: (record: AlertRecord, isNews: boolean) => void;
}

export function createAlertRecords(): AlertRecords {
  const records = new Map<string, AlertRecord>();
  const interning = createLabelInterning();
  const received = { firing: 0, resolved: 0 };
  let refused = 0;
  let inOrder: readonly AlertRecord[] | undefined;

  const take = (fresh: AlertRecord, { now, onTaken }: PostOptions): void => {
    received[isResolved(fresh, now) ? 'resolved' : 'firing'] += 1;
    const known = records.get(fresh.fingerprint);
    if (known !== undefined) {
      onTaken(known, update(known, fresh, now));
      return;
    }
    records.set(fresh.fingerprint, fresh);
    inOrder = undefined;
    onTaken(fresh, true);
  };
  return {
    post: (alerts, options) => {
      const reading = { interning, now: options.now, resolveTimeoutMs: options.resolveTimeoutMs };
      const refusals: PostRefusal[] = [];
      for (let index = 0; index < alerts.length; index += 1) {
        const posted = alerts[index];
        if (posted === undefined) continue;
        const read = readPosted(posted, reading);
        if (typeof read === 'string') refusals.push({ index, problem: read });
        else take(read, options);
      }
      refused += refusals.length;
      return refusals;
    },
    get: (fingerprint) => records.get(fingerprint),
    all: () => records.values(),
    sorted: () => {
      // Fingerprints are ASCII, so their UTF-16 order is their order.
      inOrder ??= [...records.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
      return inOrder;
    },
    prune: (endedBefore, onGone) => {
      for (const record of records.values()) {
        if (record.endsAt > endedBefore || record.groups.some((group) => group !== undefined)) continue;
        records.delete(record.fingerprint);
        inOrder = undefined;
        onGone(record);
      }
    },
    counts: () => ({ received: { ...received }, refused }),
  };
}

/** @returns Does it say more than that the alert goes on? */
function update(known: AlertRecord, fresh: AlertRecord, now: number): boolean {
  const { startsAt, endsAt, updatedAt, isTimeout, annotations, generatorURL } = mergeReports(
    known,
    fresh,
    now,
  );
  const isSameText = isSameSet(known.annotations, annotations) && known.generatorURL === generatorURL;
  const isSame = isSameText && known.startsAt === startsAt && known.endsAt > now === endsAt > now;
  known.startsAt = startsAt;
  known.endsAt = endsAt;
  known.updatedAt = updatedAt;
  known.isTimeout = isTimeout;
  // What is the same stays in its place in memory: the sender's copy can go.
  if (!isSameText) {
    known.annotations = annotations;
    known.generatorURL = generatorURL;
  }
  return !isSame;
}

function isSameSet(a: LabelSet, b: LabelSet): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
