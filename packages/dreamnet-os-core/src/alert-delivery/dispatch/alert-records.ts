import type { LabelSet, PostedAlert } from '@dreamnet/contracts';
import type { PostRefusal } from '../alert-delivery-boundary.js';
import { createLabelInterning } from '../labels/label-sets.js';
import { type AlertRecord, isResolved, mergeReports, readPosted, weightOf } from './alert-record.js';
import { inFingerprintOrder } from './fingerprint-order.js';

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
  counts(): { received: { firing: number; resolved: number }; refused: number; refusedAsFull: number };
  /** Longer alerts count several times. */
  room(): { held: number; refused: number };
}

export interface PostOptions {
  /** Epoch ms. */
  now: number;
  resolveTimeoutMs: number;
  /** New alerts are taken while no more than this is held. Default: any number. */
  limit?: number;
  /** Told of each alert taken. `isNews` is false of a known one that says nothing new but that it goes on for a while. */
  onTaken: (record: AlertRecord, isNews: boolean) => void;
}

/**
 * Who repeats an alert moves its end on by the time between two reports. An end that moves on by more was stated by
 * somebody who may not say it again.
 */
const FAR_MS = 300_000;

interface Shelf {
  readonly records: Map<string, AlertRecord>;
  readonly received: { firing: number; resolved: number };
  refused: number;
  refusedAsFull: number;
  /** Weights of all of them. */
  held: number;
  inOrder: readonly AlertRecord[] | undefined;
}

export function createAlertRecords(): AlertRecords {
  const interning = createLabelInterning();
  const shelf: Shelf = {
    ...{ records: new Map(), received: { firing: 0, resolved: 0 } },
    ...{ refused: 0, refusedAsFull: 0, held: 0, inOrder: undefined },
  };
  const { records } = shelf;
  return {
    post: (alerts, options) => {
      const reading = { interning, now: options.now, resolveTimeoutMs: options.resolveTimeoutMs };
      const refusals: PostRefusal[] = [];
      for (let index = 0; index < alerts.length; index += 1) {
        const posted = alerts[index];
        if (posted === undefined) continue;
        const read = readPosted(posted, reading);
        if (typeof read === 'string') refusals.push({ index, problem: read });
        else if (!take(shelf, read, options))
          refusals.push({ index, isFull: true, problem: `${options.limit} alerts are held already` });
      }
      shelf.refused += refusals.length;
      return refusals;
    },
    get: (fingerprint) => records.get(fingerprint),
    all: () => records.values(),
    sorted: () => {
      shelf.inOrder ??= inFingerprintOrder([...records.values()]);
      return shelf.inOrder;
    },
    prune: (endedBefore, onGone) => {
      for (const record of records.values()) {
        if (record.endsAt > endedBefore || record.groups.some((group) => group !== undefined)) continue;
        records.delete(record.fingerprint);
        shelf.held -= weightOf(record);
        shelf.inOrder = undefined;
        onGone(record);
      }
    },
    room: () => ({ held: shelf.held, refused: shelf.refusedAsFull }),
    counts: () => ({
      received: { ...shelf.received },
      refused: shelf.refused,
      refusedAsFull: shelf.refusedAsFull,
    }),
  };
}

/** @returns false when there is no room for it. */
function take(shelf: Shelf, fresh: AlertRecord, options: PostOptions): boolean {
  const { now, onTaken, limit = Number.POSITIVE_INFINITY } = options;
  const known = shelf.records.get(fresh.fingerprint);
  const freshWeight = weightOf(fresh);
  if (known === undefined && shelf.held + freshWeight > limit) {
    shelf.refusedAsFull += 1;
    return false;
  }
  shelf.received[isResolved(fresh, now) ? 'resolved' : 'firing'] += 1;
  if (known === undefined) {
    shelf.held += freshWeight;
    shelf.records.set(fresh.fingerprint, fresh);
    shelf.inOrder = undefined;
    onTaken(fresh, true);
    return true;
  }
  const before = weightOf(known);
  // It goes on and ends as it should; only what is said of it stays as it was.
  if (freshWeight > before && shelf.held + freshWeight - before > limit)
    fresh.annotations = known.annotations;
  const isNews = update(known, fresh, now);
  shelf.held += weightOf(known) - before;
  onTaken(known, isNews);
  return true;
}

/** @returns Does it say more than that the alert goes on? */
function update(known: AlertRecord, fresh: AlertRecord, now: number): boolean {
  const { startsAt, endsAt, updatedAt, isTimeout, annotations, generatorURL } = mergeReports(
    known,
    fresh,
    now,
  );
  const isSameText = isSameSet(known.annotations, annotations) && known.generatorURL === generatorURL;
  const isSameEnd = known.endsAt > now === endsAt > now && endsAt - known.endsAt <= FAR_MS;
  const isSame = isSameText && known.startsAt === startsAt && isSameEnd && known.isTimeout === isTimeout;
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
