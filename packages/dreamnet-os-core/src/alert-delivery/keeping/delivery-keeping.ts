import type { Clock, PostedAlert, PublishEvent, Store } from '@dreamnet/contracts';
import type { AlertRecord } from '../dispatch/alert-record.js';
import {
  createNotificationLog,
  type LastTold,
  type NotificationLog,
} from '../notification-log/notification-log.js';
import { createKeptAlerts, type KeptAlert } from './kept-alerts.js';
import { createKeptLog } from './kept-log.js';
import type { PackedRecords } from './packed-records.js';

/** What of the delivery survives a restart, besides the silences. */
export interface DeliveryKeeping {
  readonly log: NotificationLog;
  /** The alert is new, says something new, or has ended. */
  noteAlert(record: AlertRecord): void;
  forgetAlert(record: AlertRecord): void;
  /** Reads what was told and the alerts back. */
  load(): Promise<void>;
  tidy(): void;
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeliveryKeepingOptions {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
  keepsAlerts: boolean;
  /** Without another word an alert that comes back ends so long after the restart. */
  resolveTimeoutMs: () => number;
  recordOf: (fingerprint: string) => AlertRecord | undefined;
  /** Takes an alert that was kept, as if it had been posted. */
  restore: (alert: PostedAlert) => void;
}

const NOTHING_TOLD: LastTold = { firing: new Set(), endedAt: new Map() };

/** Without a store everything is in memory only. */
export function createDeliveryKeeping(options: DeliveryKeepingOptions): DeliveryKeeping {
  const { clock, publish, store, recordOf } = options;
  if (!store) return inMemory();
  const { log, packs } = createKeptLog({ clock, publish, store });
  let told = NOTHING_TOLD;
  const alerts = options.keepsAlerts
    ? createKeptAlerts({
        ...{ clock, publish, store, read: recordOf },
        onLoaded: (alert) => {
          const posted = comeBack(alert, {
            now: clock.now(),
            told,
            resolveTimeoutMs: options.resolveTimeoutMs(),
          });
          if (posted) options.restore(posted);
          return posted !== undefined;
        },
      })
    : undefined;
  const all: readonly PackedRecords[] = alerts ? [packs, alerts] : [packs];
  return {
    log,
    noteAlert: (record) => alerts?.touch(record.fingerprint),
    forgetAlert: (record) => alerts?.forget(record.fingerprint),
    load: async () => {
      await packs.load();
      told = log.lastTold();
      await alerts?.load();
      told = NOTHING_TOLD;
    },
    tidy: () => {
      for (const one of all) one.tidy();
    },
    settled: async () => void (await Promise.all(all.map((one) => one.settled()))),
    stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
  };
}

/**
 * An alert whose end is still to come goes on. One that had ended before we did stays ended: who was told that it fires,
 * and not yet of its end, hears of the end now. One whose end has passed while nobody ran, but of which somebody was
 * told that it fires, is given a last chance to be reported again: then its end is told.
 */
function comeBack(
  alert: KeptAlert,
  { now, told, resolveTimeoutMs }: { now: number; told: LastTold; resolveTimeoutMs: number },
): PostedAlert | undefined {
  const { labels, annotations, startsAt, endsAt, generatorURL } = alert;
  const posted: PostedAlert = { labels, startsAt, ...(annotations ? { annotations } : {}) };
  if (generatorURL) posted.generatorURL = generatorURL;
  if (endsAt > now) return alert.isTimeout ? posted : { ...posted, endsAt };
  if (!told.firing.has(alert.fingerprint)) return undefined;
  return { ...posted, endsAt: hadEnded(alert, told) ? endsAt : now + resolveTimeoutMs };
}

/** Who was told of an end before the alert's own was told of an earlier one: it has fired anew since. */
function hadEnded({ hasEnded, fingerprint, endsAt }: KeptAlert, told: LastTold): boolean {
  return hasEnded || (told.endedAt.get(fingerprint) ?? Number.NEGATIVE_INFINITY) >= endsAt;
}

function inMemory(): DeliveryKeeping {
  const nothing = async (): Promise<void> => undefined;
  return {
    log: createNotificationLog(),
    noteAlert: () => undefined,
    forgetAlert: () => undefined,
    load: nothing,
    tidy: () => undefined,
    settled: nothing,
    stop: nothing,
  };
}
