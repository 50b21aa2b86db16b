/** What a notifier has last been told of a group. */
export interface LoggedNotification {
  /** Fingerprints of the alerts that fired. */
  readonly firing: readonly string[];
  /** Fingerprints of those that had ended. */
  readonly resolved: readonly string[];
  /** When, epoch ms, and the same moment in monotonic ms; before our start where an earlier life told it. */
  readonly at: number;
  readonly atMs: number;
  /** After this (epoch ms) it is as if nothing had been told. */
  readonly expiresAt: number;
  /** Only some of those behind the notifier have it; the others are still to be told. */
  readonly isPartly?: boolean;
  /** Who these are, in the notifier's own words (JSON); undefined where it said nothing. */
  readonly undelivered?: unknown;
}

/** What the notifiers were last told, taken together: one may know of an end that another has not heard of. */
export interface LastTold {
  /** Fingerprints of the alerts that somebody was last told are firing. */
  readonly firing: ReadonlySet<string>;
  /** By the fingerprint of each alert whose end somebody was told: when that was last, epoch ms. */
  readonly endedAt: ReadonlyMap<string, number>;
}

/** Remembers who was told of what, so that nobody is told twice, not even after a restart. */
export interface NotificationLog {
  /** @param channel `receiver/notifier` */
  find(channel: string, groupKey: string): LoggedNotification | undefined;
  record(channel: string, groupKey: string, entry: LoggedNotification): void;
  /** Puts back what was kept. */
  restore(channel: string, groupKey: string, entry: LoggedNotification): void;
  /** What somebody was last told of each alert. Looks through everything. */
  lastTold(): LastTold;
  /** Drops what has expired. @param nowMs Monotonic: a clock that is set lets nothing be forgotten. */
  prune(nowMs: number): void;
  readonly size: number;
}

/** A log in memory; `onRecord` and `onForget` let it be kept elsewhere, too. */
export function createNotificationLog(keeping?: {
  onRecord: (channel: string, groupKey: string) => void;
  onForget: (channel: string, groupKey: string) => void;
}): NotificationLog {
  const channels = new Map<string, Map<string, LoggedNotification>>();
  let size = 0;
  const put = (channel: string, groupKey: string, entry: LoggedNotification): void => {
    const groups = channels.get(channel) ?? new Map<string, LoggedNotification>();
    channels.set(channel, groups);
    if (!groups.has(groupKey)) size += 1;
    groups.set(groupKey, entry);
  };
  return {
    get size() {
      return size;
    },
    find: (channel, groupKey) => channels.get(channel)?.get(groupKey),
    record: (channel, groupKey, entry) => {
      put(channel, groupKey, entry);
      keeping?.onRecord(channel, groupKey);
    },
    restore: put,
    lastTold: () => lastToldOf(channels.values()),
    prune: (nowMs) => {
      for (const [channel, groups] of channels)
        for (const [groupKey, entry] of groups) {
          if (entry.atMs + entry.expiresAt - entry.at > nowMs) continue;
          groups.delete(groupKey);
          size -= 1;
          keeping?.onForget(channel, groupKey);
        }
    },
  };
}

function lastToldOf(channels: Iterable<ReadonlyMap<string, LoggedNotification>>): LastTold {
  const firing = new Set<string>();
  const endedAt = new Map<string, number>();
  for (const groups of channels)
    for (const entry of groups.values()) {
      for (const one of entry.firing) firing.add(one);
      for (const one of entry.resolved) endedAt.set(one, Math.max(entry.at, endedAt.get(one) ?? 0));
    }
  return { firing, endedAt };
}
