import type {
  LabelMatcher,
  LabelSet,
  Notifier,
  PostedAlert,
  Silence,
  TimeInterval,
} from '@dreamnet/contracts';
import type { ChannelFigures } from './delivery/delivery-figures.js';

/** One node of the routing tree as it is written; what is left out is the parent's. Times are ms. */
export interface RouteConfig {
  receiver?: string;
  matchers?: readonly LabelMatcher[];
  /** Label names, or `['...']` for all: every alert its own group. */
  groupBy?: readonly string[];
  groupWaitMs?: number;
  groupIntervalMs?: number;
  repeatIntervalMs?: number;
  muteTimeIntervals?: readonly string[];
  activeTimeIntervals?: readonly string[];
  /** Do siblings after this one get the alert, too? */
  continues?: boolean;
  routes?: readonly RouteConfig[];
}

/** While an alert that matches `source` fires, those that match `target` with the same `equal` labels are not told of. */
export interface InhibitRule {
  name?: string;
  sources: readonly (readonly LabelMatcher[])[];
  targets: readonly LabelMatcher[];
  equal: readonly string[];
}

/** Everything that decides who is told of what. */
export interface DeliveryConfig {
  /** The root takes every alert: it has a receiver and no matchers. */
  route: RouteConfig;
  inhibitRules: readonly InhibitRule[];
  timeIntervals: Readonly<Record<string, readonly TimeInterval[]>>;
  /** Receiver → the ways to tell it. A receiver with none swallows. */
  receivers: Readonly<Record<string, readonly Notifier[]>>;
  /** An alert without an end ends so long after it was last reported. Default 5 min. */
  resolveTimeoutMs?: number;
  /** How many alerts from outside are held at once; one that is longer than 1,024 characters counts as several. Default 200,000. */
  alertLimit?: number;
}

export interface DeliveredAlertStatus {
  state: 'unprocessed' | 'active' | 'suppressed';
  /** Ids of silences. */
  silencedBy: readonly string[];
  /** Fingerprints of alerts. */
  inhibitedBy: readonly string[];
  /** Time intervals that mute its group now. */
  mutedBy: readonly string[];
}

/** An alert as the delivery holds it. Times are epoch ms. */
export interface DeliveredAlert {
  fingerprint: string;
  labels: LabelSet;
  annotations: LabelSet;
  startsAt: number;
  endsAt: number;
  updatedAt: number;
  generatorURL: string;
  receivers: readonly string[];
  status: DeliveredAlertStatus;
}

/** What to list; everything left out is all. Each flag left out is true. */
export interface AlertQuery {
  matchers?: readonly LabelMatcher[];
  /** Only those that go to a receiver whose name passes; asked for each alert. */
  receiver?: { test(name: string): boolean };
  isActive?: boolean;
  isSilenced?: boolean;
  isInhibited?: boolean;
  isMuted?: boolean;
  isUnprocessed?: boolean;
}

export interface AlertGroup {
  receiver: string;
  groupKey: string;
  groupLabels: LabelSet;
  alerts: readonly DeliveredAlert[];
}

/** A silence as a person asks for it: with `id` an existing one is changed. */
export type SilenceDraft = Omit<Silence, 'id' | 'updatedAt'> & { id?: string };

export type SilenceState = 'pending' | 'active' | 'expired';

/** What is not told of. Changes are in the store before they are answered. */
export interface SilenceDesk {
  /** @throws DN_CORE_SILENCE_INVALID, DN_CORE_SILENCE_UNKNOWN */
  set(draft: SilenceDraft): Promise<Silence>;
  get(id: string): Silence | undefined;
  /** Between two of its windows a silence is pending: it waits for the next. */
  stateOf(silence: Silence): SilenceState;
  /** Ids of those that keep an alert with these labels quiet at this time (epoch ms). */
  silencing(labels: LabelSet, now: number): readonly string[];
  /** Newest end first within a state: active, pending, expired. */
  list(matchers?: readonly LabelMatcher[]): readonly Silence[];
  /** Ends it now; false when there is none or it has ended. */
  expire(id: string): Promise<boolean>;
}

/** What is wrong with one posted alert. */
export interface PostRefusal {
  index: number;
  problem: string;
  /** Is it refused because no more alerts are held? It may be sent again later. */
  isFull?: boolean;
}

/** How full the delivery is. */
export interface DeliveryRoom {
  /** Alerts held, longer ones counted several times. */
  held: number;
  limit: number;
  /** Alerts that were refused since the start because there was no room. */
  refused: number;
}

/** Counters since the start, for metrics. */
export interface DeliveryFigures {
  received: { firing: number; resolved: number };
  refused: number;
  /** Because as many as may be held were held. */
  refusedAsFull: number;
  alerts: { active: number; suppressed: number; unprocessed: number };
  groups: number;
  silences: Readonly<Record<SilenceState, number>>;
  /** Per `receiver/notifier`; times are epoch ms. */
  notifications: Readonly<Record<string, Readonly<ChannelFigures>>>;
}

/** Alertmanager's part: who is told of which alert, when, together with what. Made by `createAlertDelivery(options)`. */
export interface AlertDelivery {
  /**
   * Takes alerts as of now; the good ones are taken even if others are not. Returns what was refused.
   *
   * @param how `isOwn`: alerts of this program itself, which are taken even when no others are.
   */
  post(alerts: readonly PostedAlert[], how?: { isOwn?: boolean }): readonly PostRefusal[];
  alerts(query?: AlertQuery): readonly DeliveredAlert[];
  /** The same, each made when it is asked for: 100,000 of them are never in memory together. To be gone through once. */
  eachAlert(query?: AlertQuery): Iterable<DeliveredAlert>;
  /** The one of this fingerprint; undefined when there is none or it has ended. Costs no look at others. */
  alert(fingerprint: string): DeliveredAlert | undefined;
  groups(query?: AlertQuery): readonly AlertGroup[];
  /** Names, in the order of the configuration. */
  receivers(): readonly string[];
  /** Receivers that an alert with these labels goes to. */
  routesOf(labels: LabelSet): readonly string[];
  readonly silences: SilenceDesk;
  figures(): DeliveryFigures;
  /** Costs nothing, whatever is held. */
  room(): DeliveryRoom;
  /** Puts another configuration in force; what was told stays told. @throws DN_CORE_DELIVERY_CONFIG_INVALID */
  configure(config: DeliveryConfig): void;
  /** Reads silences, the notification log and alerts back from the store. */
  load(): Promise<void>;
  start(): void;
  /** Ends timers, lets deliveries under way go on for `deadlineMs`, and writes what is to be kept. */
  stop(deadlineMs: number): Promise<void>;
  /** Resolves when no delivery is under way and everything is in the store. */
  settled(): Promise<void>;
}
