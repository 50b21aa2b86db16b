import type { Alert, Clock, LabelMatcher, LabelSet } from '@dreamnet/contracts';
import { createAlertDelivery } from '../alert-delivery/alert-delivery.js';
import type { AlertDelivery, DeliveryConfig } from '../alert-delivery/alert-delivery-boundary.js';
import { fingerprintOf } from '../alert-delivery/labels/fingerprint.js';
import { sortedNames } from '../alert-delivery/labels/label-sets.js';
import { compileMatchers, matchesAll } from '../alert-delivery/matchers/label-matching.js';
import type { HealthEngine, RoomOptions } from '../boundary.js';
import type { AlertBookRoom } from '../heartbeat-alerts/alert-book.js';
import { isFromElsewhere } from '../heartbeat-alerts/external-alert.js';
import type { AlertRule } from '../heartbeat-alerts/rules/alert-rule.js';
import { createRuleBook, type RuleBook, type RuleBookOptions } from '../heartbeat-alerts/rules/rule-book.js';
import { type AlertTeller, createAlertTeller } from '../heartbeat-alerts/telling/alert-teller.js';
import {
  createEscalation,
  ESCALATED_TO,
  type Escalation,
  type EscalationPolicy,
} from '../heartbeat-alerts/telling/escalation.js';
import { createExternalAlerts, type ExternalAlerts } from '../heartbeat-alerts/telling/external-alerts.js';
import {
  createConfigWatch,
  createKeepingWatch,
  createRoomWatch,
  createSecretsWatch,
} from '../heartbeat-alerts/telling/keeping-watch.js';
import { ownAlertId, ownLabels } from '../heartbeat-alerts/telling/own-notice.js';
import { withOwnRoutes } from '../heartbeat-alerts/telling/own-routes.js';
import type { ProblemWatch } from '../heartbeat-alerts/telling/problem-watch.js';
import { createReceiverWatch, type ReceiverWatch } from '../heartbeat-alerts/telling/receiver-watch.js';
import { createStoreWatch, type StoreWatch } from '../heartbeat-alerts/telling/store-watch.js';
import type { EventHub } from './event-hub.js';
import { createNotifications, type NotifyHook } from './notifications.js';

/** What alerts are raised by and who is told of them; what is left out stays as it is. */
export interface AlertSettings {
  rules?: readonly AlertRule[];
  delivery?: DeliveryConfig;
  escalation?: readonly EscalationPolicy[];
}

export interface AlertingOptions {
  room: RoomOptions;
  hub: EventHub;
  health: HealthEngine;
  book: AlertBookRoom;
  settings: AlertSettings;
  /** Where rules on trends, anomalies and absence have them from. */
  mesh: Pick<RuleBookOptions, 'trends' | 'onAnomaly' | 'heard' | 'isAwaited'>;
  notify: NotifyHook | undefined;
  keepingProblem: (() => string | undefined) | undefined;
  /** Why the configuration as it is written is not in force. */
  configProblem: (() => string | undefined) | undefined;
  /** Who could not be started again, since the secrets are locked. */
  secretsProblem: (() => string | undefined) | undefined;
}

/** Own rules, and who is told of alerts. */
export interface Alerting {
  readonly rules: RuleBook;
  readonly delivery: AlertDelivery;
  readonly external: ExternalAlerts;
  readonly teller: AlertTeller;
  readonly store: StoreWatch;
  /** The receivers' own configuration, as it was given. */
  config(): DeliveryConfig;
  /** @throws DN_CORE_DELIVERY_CONFIG_INVALID; then nothing was changed */
  configure(settings: AlertSettings): void;
  judged(alert: Alert): void;
  load(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Without receivers nothing is told. */
const NOBODY = 'nobody';
const TELL_NOBODY: DeliveryConfig = {
  route: { receiver: NOBODY },
  inhibitRules: [],
  timeIntervals: {},
  receivers: { [NOBODY]: [] },
};
/** What is on its way to a receiver at the end may arrive, as long as that does not hold the end up. */
const DELIVERY_DEADLINE_MS = 2_000;

/** Makes the rooms around the alert book and wires them; nothing is told before `start`. */
export function createAlerting(options: AlertingOptions): Alerting {
  const { room, health, book, settings } = options;
  const { clock } = room;
  let config = settings.delivery ?? TELL_NOBODY;
  const delivery = createAlertDelivery({
    ...room,
    config: withOwnRoutes(config, settings.escalation ?? []),
    suppressedBy: (key) => teller.suppressedBy(key),
    newestOf: (key) => teller.newest(key),
  });
  const rules = createRuleBook({ clock, engine: health, book, labelTest, ...options.mesh });
  const { teller, escalation } = createTelling(options, delivery, rules);
  rules.set(settings.rules ?? []);
  const external = createExternalAlerts({
    clock,
    delivery,
    book,
    isWatched: (name) => health.subsystem(name) !== undefined,
    fingerprintOf: fingerprint,
  });
  const watches = createWatches(options, delivery);
  const notifications = createNotifications(book, withNewest(options.notify, rules), (alert) =>
    silencesOf(delivery, ownLabels(alert), clock.now()),
  );
  const configure = (next: AlertSettings): void => {
    const wanted = next.delivery ?? config;
    const steps = next.escalation ?? escalation.policies();
    if (next.delivery !== undefined || next.escalation !== undefined)
      delivery.configure(withOwnRoutes(wanted, steps));
    config = wanted;
    escalation.set(steps);
    if (next.escalation !== undefined) for (const { id } of book.active()) followAnew(teller, escalation, id);
    if (next.rules !== undefined) rules.set(next.rules);
  };
  return {
    rules,
    delivery: withExternals(delivery, external, configure),
    external,
    teller,
    store: watches.store,
    config: () => config,
    configure,
    judged: (alert) => {
      if (!isFromElsewhere(alert)) teller.judged(alert);
      notifications.judged(alert);
    },
    ...lifecycle({ options, delivery, teller, escalation, external, rules, ...watches }),
  };
}

/** Our own alerts on their way to the delivery, and to further people when nobody acknowledges. */
function createTelling(
  { room, book, settings }: AlertingOptions,
  delivery: AlertDelivery,
  rules: Pick<RuleBook, 'refresh'>,
) {
  const { clock, publish } = room;
  const escalation = createEscalation({
    clock,
    publish,
    labelTest,
    labelsOf: ownLabels,
    current: (id) => teller.toldAlert(id),
    tell: (id, extra) => teller.tellAlso(id, extra),
  });
  const teller: AlertTeller = createAlertTeller({
    clock,
    book,
    post: (alerts) => delivery.post(alerts, { isOwn: true }),
    fingerprintOf: fingerprint,
    refresh: (alert) => rules.refresh(alert.fingerprint),
    onTold: escalation.follow,
    onOver: ({ id }) => escalation.over(id),
  });
  escalation.set(settings.escalation ?? []);
  return { teller, escalation };
}

/** Whoever is told of an alert is told what was found last. */
function withNewest(hook: NotifyHook | undefined, rules: Pick<RuleBook, 'refresh'>): NotifyHook | undefined {
  return (
    hook &&
    ((alert, status) =>
      hook(status === 'firing' ? (rules.refresh(alert.fingerprint) ?? alert) : alert, status))
  );
}

/** Steps of new policies count from the activation of what is told already. */
function followAnew(teller: AlertTeller, escalation: Escalation, id: string): void {
  const alert = teller.toldAlert(id);
  if (alert !== undefined) escalation.follow(alert);
}

interface Running {
  options: AlertingOptions;
  delivery: AlertDelivery;
  teller: AlertTeller;
  escalation: Escalation;
  external: ExternalAlerts;
  rules: RuleBook;
  store: StoreWatch;
  receivers: ReceiverWatch;
  problems: readonly ProblemWatch[];
}

function lifecycle(running: Running): Pick<Alerting, 'load' | 'start' | 'stop'> {
  const { options, delivery, teller, escalation, external, rules, store, receivers, problems } = running;
  return {
    load: () => delivery.load(),
    start: () => {
      store.start();
      for (const problem of problems) problem.start();
      receivers.start();
      rules.start();
      teller.resume(wasToldBy(delivery));
      takeUpTold(options.room.clock, delivery, teller);
      external.resume();
      delivery.start();
    },
    stop: async () => {
      rules.stop();
      escalation.stop();
      external.stop();
      store.stop();
      for (const problem of problems) problem.stop();
      receivers.stop();
      await delivery.stop(DELIVERY_DEADLINE_MS);
    },
  };
}

/** Was our alert of this id being told when the program ended? */
function wasToldBy(delivery: AlertDelivery): (alertId: string) => boolean {
  const told = new Set(delivery.alerts().map(({ annotations }) => ownAlertId(annotations)));
  return (alertId) => told.has(alertId);
}

/**
 * What was told before and is known to nobody any more has ended without our being there. To whom an alert was escalated
 * goes on being told of it, whoever has acknowledged it meanwhile: else he would never hear of its end.
 */
function takeUpTold(clock: Clock, delivery: AlertDelivery, teller: AlertTeller): void {
  const now = clock.now();
  for (const { annotations, fingerprint, labels, endsAt, startsAt } of delivery.alerts()) {
    const id = ownAlertId(annotations);
    if (id === undefined || endsAt <= now) continue;
    const receiver = labels[ESCALATED_TO];
    if (receiver !== undefined) teller.tellAlso(id, { [ESCALATED_TO]: receiver });
    if (!teller.isTold(fingerprint))
      delivery.post([{ labels, annotations, startsAt: Math.min(startsAt, now), endsAt: now }], {
        isOwn: true,
      });
  }
}

/** Whoever posts from outside posts alerts from elsewhere; whoever configures from outside leaves our own routes in. */
function withExternals(
  delivery: AlertDelivery,
  external: ExternalAlerts,
  configure: Alerting['configure'],
): AlertDelivery {
  return {
    post: external.post,
    alert: (fingerprint) => delivery.alert(fingerprint),
    alerts: (query) => delivery.alerts(query),
    eachAlert: (query) => delivery.eachAlert(query),
    groups: (query) => delivery.groups(query),
    receivers: () => delivery.receivers(),
    routesOf: (labels) => delivery.routesOf(labels),
    silences: delivery.silences,
    figures: () => delivery.figures(),
    room: () => delivery.room(),
    configure: (config) => configure({ delivery: config }),
    load: () => delivery.load(),
    start: () => delivery.start(),
    stop: (deadlineMs) => delivery.stop(deadlineMs),
    settled: () => delivery.settled(),
  };
}

function createWatches(options: AlertingOptions, delivery: AlertDelivery) {
  const { room, hub, book, keepingProblem, configProblem, secretsProblem } = options;
  const store = createStoreWatch({ ...room, book, onRecovered: book.keepAll });
  const keeping = createKeepingWatch({ clock: room.clock, book, problem: keepingProblem });
  const receivers = createReceiverWatch({ clock: room.clock, book, figures: () => delivery.figures() });
  hub.subscribe((event) => {
    if (event.type === 'store.failed') store.suspect();
    else if (event.type === 'notification.failed') receivers.failed(event.subject, event.data);
  });
  const space = createRoomWatch({ clock: room.clock, book, room: () => delivery.room() });
  const config = createConfigWatch({ clock: room.clock, book, problem: configProblem });
  const secrets = createSecretsWatch({ clock: room.clock, book, problem: secretsProblem });
  return { store, receivers, problems: [keeping, space, config, secrets] };
}

function labelTest(matchers: readonly LabelMatcher[]): (labels: LabelSet) => boolean {
  const compiled = compileMatchers(matchers);
  return (labels) => matchesAll(compiled, labels);
}

function fingerprint(labels: LabelSet): string {
  return fingerprintOf(labels, sortedNames(labels));
}

/** Who silenced it and why, in words. */
function silencesOf({ silences }: AlertDelivery, labels: LabelSet, now: number): string | undefined {
  const [id] = silences.silencing(labels, now);
  const found = id === undefined ? undefined : silences.get(id);
  return found === undefined ? undefined : `${found.createdBy}: ${found.comment}`;
}
