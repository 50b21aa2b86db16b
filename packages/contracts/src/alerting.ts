/** Label name → value. An empty value is the same as no label. */
export type LabelSet = Readonly<Record<string, string>>;

/** One condition on one label, in Alertmanager's words: `=`, `!=`, `=~` (anchored) and `!~`. */
export interface LabelMatcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

/** An alert as somebody reports it. Times are epoch ms; without `endsAt` it ends when it is not reported again. */
export interface PostedAlert {
  labels: LabelSet;
  annotations?: LabelSet;
  startsAt?: number;
  endsAt?: number;
  generatorURL?: string;
}

/** A half-open range of minutes of a day: 0 to 1440. */
export interface MinuteRange {
  start: number;
  end: number;
}

/** A range that holds both its ends. Days of the month may be negative: -1 is the last one. Sunday is 0. */
export interface InclusiveRange {
  begin: number;
  end: number;
}

/** A recurring stretch of time; each part left out holds always, all parts given must hold. */
export interface TimeInterval {
  times?: readonly MinuteRange[];
  weekdays?: readonly InclusiveRange[];
  daysOfMonth?: readonly InclusiveRange[];
  months?: readonly InclusiveRange[];
  years?: readonly InclusiveRange[];
  /** IANA name of the time zone. Default UTC. */
  location?: string;
}

/** Who matches is not told of between `startsAt` and `endsAt` (epoch ms); with `windows`, only within one of them. */
export interface Silence {
  id: string;
  matchers: readonly LabelMatcher[];
  startsAt: number;
  endsAt: number;
  updatedAt: number;
  createdBy: string;
  comment: string;
  windows?: readonly TimeInterval[];
}

/** One alert within a notification. `endsAt` is null while it fires. Times are epoch ms. */
export interface NotifiedAlert {
  status: 'firing' | 'resolved';
  labels: LabelSet;
  annotations: LabelSet;
  startsAt: number;
  endsAt: number | null;
  generatorURL: string;
  fingerprint: string;
}

/** What a receiver is told: one group of alerts. `firing` as long as one of them is. */
export interface Notification {
  /** The same for every attempt of one delivery. */
  id: string;
  receiver: string;
  status: 'firing' | 'resolved';
  /** Names the group across notifications. */
  groupKey: string;
  groupLabels: LabelSet;
  commonLabels: LabelSet;
  commonAnnotations: LabelSet;
  /** Where a person looks at it; empty when there is no such place. */
  externalURL: string;
  alerts: readonly NotifiedAlert[];
  /** Alerts of the group left out because the receiver takes only so many. */
  truncatedAlerts: number;
  at: number;
  /** What the notifier's last throw about this said in `details.undelivered`; left out when it said nothing. */
  undelivered?: unknown;
}

/**
 * Delivers once; a throw with `retryable` true is tried again by the caller.
 *
 * `details.isPartlyTold: true` of a throw says that some of those behind the notifier have the message; when the throw is
 * final, the notification counts as told. `details.undelivered` (JSON, in the notifier's own words) says who is left: the
 * next attempt at the same has it, also after a reload and a restart, and tells those only.
 */
export interface Notifier {
  /** Unique within its receiver, such as `webhook[0]`. */
  readonly name: string;
  /** Is the end of an alert told, too? Default true. */
  readonly sendsResolved?: boolean;
  /** Tells at most so many alerts at once; 0 is all. */
  readonly maxAlerts?: number;
  /** At most so many notifications a minute; what is more waits. 0 (the default) is no limit. */
  readonly maxPerMinute?: number;
  notify(notification: Notification, signal: AbortSignal): Promise<void>;
}
