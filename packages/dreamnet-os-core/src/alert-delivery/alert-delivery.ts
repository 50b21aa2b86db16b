import type { Clock, LabelSet, PostedAlert, PublishEvent, Store, TimerHandle } from '@dreamnet/contracts';
import type {
  AlertDelivery,
  AlertGroup,
  AlertQuery,
  DeliveredAlert,
  DeliveryConfig,
  DeliveryFigures,
  DeliveryRoom,
  PostRefusal,
} from './alert-delivery-boundary.js';
import { countStates, describeAlert, type ListingDeps, listAlerts, listGroups } from './alert-listing.js';
import { type BatchToTell, createDeliverer, type Deliverer } from './delivery/deliverer.js';
import type { ChannelFigures } from './delivery/delivery-figures.js';
import { takeBatch, withNewest } from './delivery/notification.js';
import { type AlertRecord, isResolved, NO_GROUPS } from './dispatch/alert-record.js';
import { type AlertRecords, createAlertRecords } from './dispatch/alert-records.js';
import { type DispatchGroup, sortedMembers } from './dispatch/dispatch-group.js';
import { createDispatcher, type Dispatcher, isOpen } from './dispatch/dispatcher.js';
import { createInhibitor, type Inhibitor } from './inhibition/inhibitor.js';
import { createDeliveryKeeping, type DeliveryKeeping } from './keeping/delivery-keeping.js';
import { createPassedEnds, type PassedEnds } from './keeping/passed-ends.js';
import { checkDeliveryConfig } from './routes/delivery-config.js';
import { createRouteTree, type Route, routesFor } from './routes/route-tree.js';
import { createSilenceDesk, type SilenceDeskRoom } from './silences/silence-desk.js';
import { createSuppression, type Suppression } from './suppression.js';
import { createMuteTimes, type MuteTimes } from './time-intervals/mute-times.js';

/** What an alert delivery is made of. */
export interface AlertDeliveryOptions {
  clock: Clock;
  /** Told `notification.failed`. */
  publish: PublishEvent;
  /** Without one, silences and what was told are forgotten when the process ends. */
  store?: Store;
  /** 0..1, for the jitter of retries; default `Math.random`. */
  random?: () => number;
  config: DeliveryConfig;
  /** What else keeps an alert quiet, such as its root cause: fingerprints, shown as `inhibitedBy`. */
  suppressedBy?: (fingerprint: string) => readonly string[];
  /** What an alert says as of now, by its fingerprint, asked when it is about to be told; undefined: what was posted. */
  newestOf?: (fingerprint: string) => LabelSet | undefined;
  /** Nothing is told so long after `start`: senders get to repeat what they know first. Default 0. */
  startDelayMs?: number;
  /** Are alerts kept in the store, too? Default true; silences and what was told always are. */
  keepsAlerts?: boolean;
  /** Notifications under way at once per receiver. Default 100. */
  concurrency?: number;
}

const DEFAULT_RESOLVE_TIMEOUT_MS = 300_000;
/** About 450 MB of ordinary alerts. */
const DEFAULT_ALERT_LIMIT = 200_000;
const DEFAULT_CONCURRENCY = 100;
/** How often what has ended is put away. */
const UPKEEP_MS = 30_000;
/** An ended alert is remembered so long: a report that overlaps it goes on with its start. @source alerts.gc-interval */
const ENDED_KEPT_MS = 900_000;
/** A configuration that replaces another lets what is under way end first, at most so long. */
const HANDOVER_MS = 5_000;

/**
 * Makes an alert delivery: who is told of which alerts, when, together with what, with Alertmanager's semantics.
 *
 * Nothing is told before `start`; alerts may be posted before.
 *
 * @throws DN_CORE_DELIVERY_CONFIG_INVALID, DN_CORE_MATCHER_INVALID
 */
export function createAlertDelivery(options: AlertDeliveryOptions): AlertDelivery {
  return new GroupedDelivery(options);
}

/** What a configuration decides; replaced as a whole by the next one. */
interface Regime {
  config: DeliveryConfig;
  root: Route;
  dispatcher: Dispatcher;
  deliverer: Deliverer;
  inhibitor: Inhibitor;
  suppression: Suppression;
  muteTimes: MuteTimes;
}

class GroupedDelivery implements AlertDelivery {
  readonly silences: SilenceDeskRoom;
  private readonly options: AlertDeliveryOptions;
  private readonly book: AlertRecords;
  private readonly channels = new Map<string, ChannelFigures>();
  private readonly keeping: DeliveryKeeping;
  private readonly passedEnds: PassedEnds;
  private regime: Regime;
  private isRunning = false;
  private startedMs = 0;
  private upkeep: TimerHandle | undefined;
  private handover: Promise<void> = Promise.resolve();
  /** Configurations replaced that still tell what they had begun to. */
  private leaving = 0;

  constructor(options: AlertDeliveryOptions) {
    this.options = options;
    this.silences = createSilenceDesk(options);
    this.book = createAlertRecords();
    const { clock, publish, store, keepsAlerts = true } = options;
    this.keeping = createDeliveryKeeping({
      ...{ clock, publish, keepsAlerts, ...(store ? { store } : {}) },
      resolveTimeoutMs: () => this.resolveTimeoutMs,
      recordOf: (fingerprint) => this.book.get(fingerprint),
      restore: (alert) => this.take([alert], Number.POSITIVE_INFINITY, () => undefined),
    });
    this.passedEnds = createPassedEnds({
      clock,
      all: () => this.book.all(),
      onPassed: (record) => this.keeping.noteAlert(record),
    });
    this.regime = this.createRegime(options.config);
  }

  post(alerts: readonly PostedAlert[], { isOwn = false } = {}): readonly PostRefusal[] {
    const limit = isOwn ? Number.POSITIVE_INFINITY : this.limit;
    return this.take(alerts, limit, (record) => this.keeping.noteAlert(record));
  }

  alerts(query: AlertQuery = {}): readonly DeliveredAlert[] {
    return [...listAlerts(this.listing(), query)];
  }

  eachAlert(query: AlertQuery = {}): Iterable<DeliveredAlert> {
    return listAlerts(this.listing(), query);
  }

  alert(fingerprint: string): DeliveredAlert | undefined {
    const record = this.book.get(fingerprint);
    return record && describeAlert(this.standing(), record);
  }

  groups(query: AlertQuery = {}): readonly AlertGroup[] {
    return listGroups(this.listing(), query);
  }

  receivers(): readonly string[] {
    return Object.keys(this.regime.config.receivers);
  }

  routesOf(labels: LabelSet): readonly string[] {
    return routesFor(this.regime.root, labels).map(({ receiver }) => receiver);
  }

  figures(): DeliveryFigures {
    return {
      ...this.book.counts(),
      alerts: countStates(this.listing()),
      groups: this.regime.dispatcher.groupCount,
      silences: this.silences.counts(),
      notifications: this.regime.deliverer.figures(),
    };
  }

  room(): DeliveryRoom {
    return { ...this.book.room(), limit: this.limit };
  }

  configure(config: DeliveryConfig): void {
    const before = this.regime;
    const next = this.createRegime(config);
    const now = this.options.clock.now();
    before.dispatcher.stop();
    this.regime = next;
    const channels = next.deliverer.channels();
    for (const name of this.channels.keys()) if (!channels.has(name)) this.channels.delete(name);
    for (const record of this.book.all()) {
      const isWaited = isOpen(record, now);
      record.routes = undefined;
      record.groups = NO_GROUPS;
      next.inhibitor.note(record);
      if (isWaited) next.dispatcher.place(record);
    }
    // What is under way is heard of first, of all configurations before: else the same would be told twice. Nothing here
    // holds on to `next`: one that was replaced before it began is given up, however quickly they follow each other.
    this.leaving += 1;
    this.handover = Promise.all([this.handover, before.deliverer.stop(HANDOVER_MS)]).then(() => {
      this.leaving -= 1;
      if (this.isRunning && this.leaving === 0) this.regime.dispatcher.start();
    });
  }

  async load(): Promise<void> {
    await this.silences.load();
    await this.keeping.load();
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.startedMs = this.options.clock.monotonic();
    this.regime.dispatcher.start();
    this.passedEnds.start();
    this.keepUp();
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.upkeep !== undefined) this.options.clock.clearTimeout(this.upkeep);
    this.isRunning = false;
    this.regime.dispatcher.stop();
    await this.regime.deliverer.stop(deadlineMs);
    this.passedEnds.stop();
    await this.silences.settled();
    await this.keeping.stop();
  }

  async settled(): Promise<void> {
    await this.handover;
    await this.regime.deliverer.settled();
    await this.silences.settled();
    await this.keeping.settled();
  }

  private get limit(): number {
    return this.regime.config.alertLimit ?? DEFAULT_ALERT_LIMIT;
  }

  private get resolveTimeoutMs(): number {
    return this.regime.config.resolveTimeoutMs ?? DEFAULT_RESOLVE_TIMEOUT_MS;
  }

  /** @param onNews Told of alerts that say more than that they go on. */
  private take(
    alerts: readonly PostedAlert[],
    limit: number,
    onNews: (record: AlertRecord) => void,
  ): readonly PostRefusal[] {
    const { dispatcher, inhibitor } = this.regime;
    return this.book.post(alerts, {
      now: this.options.clock.now(),
      resolveTimeoutMs: this.resolveTimeoutMs,
      limit,
      onTaken: (record, isNews) => {
        inhibitor.note(record);
        dispatcher.place(record);
        this.passedEnds.note(record);
        if (isNews) onNews(record);
      },
    });
  }

  /** A group's time has come: what is to be told of it as of now. */
  private look(regime: Regime, group: DispatchGroup): BatchToTell | undefined {
    if (group.state === 'gone') return undefined;
    group.state = 'telling';
    const now = this.options.clock.now();
    const members = sortedMembers(group);
    const ended = endedOf(members, now);
    const onOver = (isTold: boolean): void => {
      const isToldOf = (record: AlertRecord) => isTold && ended?.get(record) === record.updatedAt;
      regime.dispatcher.finish(group, isToldOf);
      // Kept as ended: else it would come back as firing.
      for (const record of ended?.keys() ?? []) if (isToldOf(record)) this.keeping.noteAlert(record);
    };
    const isMuted = regime.muteTimes.mutedBy(group.route, now).length > 0;
    const told = isMuted ? [] : members.filter((record) => !regime.suppression.isSuppressed(record, now));
    const { newestOf } = this.options;
    if (told.length > 0) {
      const batch = takeBatch(group, told, { at: now, atMs: this.options.clock.monotonic() });
      return { batch, newest: () => (newestOf ? withNewest(batch, newestOf) : batch), onOver };
    }
    onOver(true);
    return undefined;
  }

  private listing(): ListingDeps {
    return { records: this.book.sorted(), ...this.standing() };
  }

  /** What the status of an alert is told from. */
  private standing(): Omit<ListingDeps, 'records'> {
    const { dispatcher, suppression, muteTimes } = this.regime;
    return { dispatcher, suppression, muteTimes, now: this.options.clock.now(), isRunning: this.isRunning };
  }

  /** Puts away what has ended, again and again. */
  private keepUp(): void {
    const { clock } = this.options;
    this.upkeep = clock.setTimeout(() => {
      const now = clock.now();
      this.book.prune(now - ENDED_KEPT_MS, (record) => {
        this.regime.inhibitor.forget(record);
        this.keeping.forgetAlert(record);
      });
      this.regime.dispatcher.prune();
      this.keeping.log.prune(clock.monotonic());
      this.keeping.tidy();
      this.silences.prune(now);
      this.keepUp();
    }, UPKEEP_MS);
  }

  private createRegime(config: DeliveryConfig): Regime {
    checkDeliveryConfig(config);
    const { clock, publish, random, concurrency = DEFAULT_CONCURRENCY, startDelayMs = 0 } = this.options;
    const { receivers } = config;
    const deliverer = createDeliverer({
      ...{ clock, publish, log: this.keeping.log, receivers, concurrency, figures: this.channels },
      ...(random ? { random } : {}),
    });
    const root = createRouteTree(config.route);
    const inhibitor = createInhibitor(config.inhibitRules);
    const dispatcher = createDispatcher({
      clock,
      root,
      notBeforeMs: () => this.startedMs + startDelayMs,
      onReady: (group) => deliverer.offer(group.route.receiver, () => this.look(regime, group)),
    });
    const suppression = createSuppression(inhibitor, this.silences, this.options.suppressedBy);
    const muteTimes = createMuteTimes(config.timeIntervals);
    const regime: Regime = { config, root, dispatcher, deliverer, inhibitor, suppression, muteTimes };
    return regime;
  }
}

/** The ended ones and when each was last reported: one that is reported again meanwhile has not been told. */
function endedOf(members: readonly AlertRecord[], now: number): Map<AlertRecord, number> | undefined {
  let ended: Map<AlertRecord, number> | undefined;
  for (const record of members) {
    if (!isResolved(record, now)) continue;
    ended ??= new Map();
    ended.set(record, record.updatedAt);
  }
  return ended;
}
