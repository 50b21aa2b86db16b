import type { LabelMatcher, Notifier } from '@dreamnet/contracts';
import {
  type AlertRule,
  type DeliveryConfig,
  type EscalationPolicy,
  type InhibitRule,
  parseComparison,
  parseMatchers,
  type RouteConfig,
  type RuleTrigger,
} from '@dreamnet/dreamnet-os-core';
import type { AlertsSection, RouteEntry, RuleEntry } from '../config/alerts-schema.js';
import { readTimeWindow } from '../config/time-windows.js';
import { type NotifierTools, toNotifiers } from './notifiers.js';

/** Alerts of one fault come within moments of each other: they go together. */
const DEFAULT_GROUP_WAIT_MS = 100;
/** The end of an alert, and what else happens to its group, is told after so long at the latest. */
const DEFAULT_GROUP_INTERVAL_MS = 5_000;
const DEFAULT_REPEAT_MS = 4 * 3_600_000;
/** Takes what nobody is to be told of; a receiver's own name cannot look like this. */
const NOBODY = '(nobody)';

/** What the `alerts` section means to OS Core. */
export interface AlertSettings {
  rules: readonly AlertRule[];
  delivery: DeliveryConfig;
  escalation: readonly EscalationPolicy[];
}

/** Turns a checked `alerts` section, and rules that go with other sections, into what OS Core takes. */
export function toAlertSettings(
  section: AlertsSection,
  tools: NotifierTools,
  builtIn: readonly AlertRule[] = [],
): AlertSettings {
  const own = section.rules.map(toRule);
  return {
    // One of the file's under the same name takes the place of the built-in.
    rules: [...builtIn.filter(({ name }) => !own.some((rule) => rule.name === name)), ...own],
    delivery: toDelivery(section, tools),
    escalation: section.escalation.map(({ match, steps }) => ({
      matchers: toMatchers(match),
      steps: steps.map(({ after, receiver }) => ({ afterMs: after, receiver })),
    })),
  };
}

function toRule(entry: RuleEntry): AlertRule {
  const { name, subsystems, domain, match, severity, type, labels, annotations } = entry;
  return {
    name,
    trigger: toTrigger(entry),
    select: {
      ...(subsystems === undefined ? {} : { subsystems }),
      ...(domain === undefined ? {} : { domain }),
      matchers: toMatchers(match),
    },
    forMs: entry.for,
    ...(entry.keepFiringFor === undefined ? {} : { keepFiringForMs: entry.keepFiringFor }),
    severity,
    ...(type === undefined ? {} : { type }),
    labels,
    annotations,
  };
}

function toTrigger(entry: RuleEntry): RuleTrigger {
  switch (entry.on) {
    case 'status':
      return { on: 'status', is: entry.is };
    case 'axis':
      return { on: 'axis', axis: entry.axis, is: entry.is };
    case 'score':
      return { on: 'score', when: toComparison(entry.when) };
    case 'metric':
    case 'anomaly':
      return { on: entry.on, metric: entry.metric, when: toComparison(entry.when) };
    case 'trend': {
      const { metric, direction, crosses, within } = entry;
      return {
        on: 'trend',
        direction,
        ...(metric === undefined ? {} : { metric }),
        ...(crosses === undefined ? {} : { level: crosses }),
        ...(within === undefined ? {} : { crossesWithinMs: within }),
      };
    }
    case 'absence':
      return {
        on: 'absence',
        afterMs: entry.after,
        ...(entry.metric === undefined ? {} : { metric: entry.metric }),
      };
  }
}

/** The schema has read it already. */
function toComparison(text: string) {
  return parseComparison(text) ?? { operator: '>' as const, threshold: Number.POSITIVE_INFINITY };
}

function toMatchers(texts: readonly string[]): readonly LabelMatcher[] {
  return texts.flatMap((text) => parseMatchers(text));
}

function toDelivery(section: AlertsSection, tools: NotifierTools): DeliveryConfig {
  const receivers: Record<string, readonly Notifier[]> = {};
  for (const entry of section.receivers) receivers[entry.name] = toNotifiers(entry, tools);
  if (section.receivers.length === 0) receivers[NOBODY] = [];
  return {
    route: toRoot(section),
    inhibitRules: section.inhibit.map(
      ({ name, source, target, equal }): InhibitRule => ({
        ...(name === undefined ? {} : { name }),
        sources: [toMatchers(source)],
        targets: toMatchers(target),
        equal,
      }),
    ),
    timeIntervals: Object.fromEntries(
      Object.entries(section.timeIntervals).map(([name, windows]) => [
        name,
        windows.flatMap((window) => {
          const reading = readTimeWindow(window);
          return reading.ok ? [reading.interval] : [];
        }),
      ]),
    ),
    receivers,
    resolveTimeoutMs: section.resolveTimeout,
    alertLimit: section.limit,
  };
}

/** Without routes and without a default every receiver is told of everything. */
function toRoot({ defaults, routes, receivers }: AlertsSection): RouteConfig {
  const isForAll = routes.length === 0 && defaults.receiver === undefined;
  const names = receivers.map(({ name }) => name);
  const children = isForAll
    ? names.slice(1).length === 0
      ? []
      : names.map((receiver): RouteConfig => ({ receiver, continues: true }))
    : routes.map(toRoute);
  return {
    groupBy: defaults.groupBy ?? ['subsystem'],
    groupWaitMs: defaults.groupWait ?? DEFAULT_GROUP_WAIT_MS,
    groupIntervalMs: defaults.groupInterval ?? DEFAULT_GROUP_INTERVAL_MS,
    repeatIntervalMs: defaults.repeatInterval ?? DEFAULT_REPEAT_MS,
    receiver: defaults.receiver ?? names[0] ?? NOBODY,
    routes: children,
  };
}

function toRoute(entry: RouteEntry): RouteConfig {
  const { receiver, groupBy, groupWait, groupInterval, repeatInterval } = entry;
  return {
    ...(receiver === undefined ? {} : { receiver }),
    ...(groupBy === undefined ? {} : { groupBy }),
    ...(groupWait === undefined ? {} : { groupWaitMs: groupWait }),
    ...(groupInterval === undefined ? {} : { groupIntervalMs: groupInterval }),
    ...(repeatInterval === undefined ? {} : { repeatIntervalMs: repeatInterval }),
    matchers: toMatchers(entry.match),
    continues: entry.continue,
    muteTimeIntervals: entry.mute,
    activeTimeIntervals: entry.active,
    routes: (entry.routes ?? []).map(toRoute),
  };
}
