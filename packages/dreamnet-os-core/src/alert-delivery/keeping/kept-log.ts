import type { Clock } from '@dreamnet/contracts';
import {
  createNotificationLog,
  type LoggedNotification,
  type NotificationLog,
} from '../notification-log/notification-log.js';
import { createPackedRecords, type PackedRecords, type PackedRecordsOptions } from './packed-records.js';

type StoreOptions = Pick<PackedRecordsOptions, 'clock' | 'store' | 'publish'>;

/** What was told is gathered this long: a crash repeats at most the notifications of so much time. */
const DELAY_MS = 500;
const COLLECTION = 'delivery-log';

/** A notification log that survives a restart. */
export function createKeptLog(options: StoreOptions): { log: NotificationLog; packs: PackedRecords } {
  const packs = createPackedRecords({
    ...options,
    collection: COLLECTION,
    delayMs: DELAY_MS,
    read: (key) => {
      const { channel, groupKey } = partsOf(key);
      const entry = log.find(channel, groupKey);
      if (!entry) return undefined;
      const { firing, resolved, at, expiresAt, isPartly, undelivered = null } = entry;
      return [firing, resolved, at, expiresAt, ...(isPartly ? [isPartly, undelivered] : [])];
    },
    weigh: weightOf,
    onLoaded: (key, value) => {
      const entry = entryOf(value, options.clock);
      if (!entry || entry.expiresAt <= options.clock.now()) return false;
      const { channel, groupKey } = partsOf(key);
      log.restore(channel, groupKey, entry);
      return true;
    },
  });
  const log = createNotificationLog({
    onRecord: (channel, groupKey) => packs.touch(keyOf(channel, groupKey)),
    onForget: (channel, groupKey) => packs.forget(keyOf(channel, groupKey)),
  });
  return { log, packs };
}

/** The channel's length says where the group's key begins: either may hold any character. */
function keyOf(channel: string, groupKey: string): string {
  return `${channel.length}:${channel}${groupKey}`;
}

function partsOf(key: string): { channel: string; groupKey: string } {
  const colon = key.indexOf(':');
  const length = Number(key.slice(0, colon));
  const rest = key.slice(colon + 1);
  return { channel: rest.slice(0, length), groupKey: rest.slice(length) };
}

/** A fingerprint with its quotes and comma is 19 characters. */
function weightOf(value: unknown): number {
  const [firing, resolved, , , , undelivered] = value as [readonly string[], readonly string[], ...unknown[]];
  const left = undelivered === undefined ? 0 : JSON.stringify(undelivered).length / 100;
  return 1 + (firing.length + resolved.length) * 0.19 + left;
}

function entryOf(value: unknown, clock: Clock): LoggedNotification | undefined {
  if (!Array.isArray(value)) return undefined;
  const [firing, resolved, at, expiresAt, isPartly, undelivered = null] = value as unknown[];
  if (!isTexts(firing) || !isTexts(resolved) || typeof at !== 'number' || typeof expiresAt !== 'number')
    return undefined;
  return {
    firing,
    resolved,
    at,
    // The clock may have been set back between two lives: then it counts as told just now, and waits no longer than once.
    atMs: clock.monotonic() - Math.max(0, clock.now() - at),
    expiresAt,
    ...(isPartly === true && { isPartly, ...(undelivered !== null && { undelivered }) }),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
