import type { LabelMatcher, Notifier } from '@dreamnet/contracts';
import { parse } from 'yaml';
import type { DeliveryConfig, InhibitRule, RouteConfig } from '../../src/index.js';
import { parseMatchers } from '../../src/index.js';

/** The part of an Alertmanager file that the recorded timelines and tables use. */
interface FileRoute {
  receiver?: string;
  group_by?: string[];
  group_wait?: string;
  group_interval?: string;
  repeat_interval?: string;
  continue?: boolean;
  matchers?: string[];
  match?: Record<string, string>;
  match_re?: Record<string, string>;
  routes?: FileRoute[];
}

interface FileInhibitRule {
  source_match?: Record<string, string>;
  target_match?: Record<string, string>;
  source_matchers?: string[];
  target_matchers?: string[];
  equal?: string[];
}

export interface AlertmanagerFile {
  global?: { resolve_timeout?: string };
  route: FileRoute;
  receivers: { name: string; webhook_configs?: { url: string; send_resolved?: boolean }[] }[];
  inhibit_rules?: FileInhibitRule[];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function readDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}

/** @param webhook Makes the notifier of one webhook. */
export function readAlertmanagerFile(
  text: string,
  webhook: (of: { url: string; receiver: string; place: number; sendsResolved: boolean }) => Notifier,
): DeliveryConfig {
  const file = parse(text) as AlertmanagerFile;
  const receivers = file.receivers.map(({ name, webhook_configs = [] }) => [
    name,
    webhook_configs.map(({ url, send_resolved = true }, place) =>
      webhook({ url, receiver: name, place, sendsResolved: send_resolved }),
    ),
  ]);
  const timeout = file.global?.resolve_timeout;
  return {
    route: readRoute(file.route),
    inhibitRules: (file.inhibit_rules ?? []).map(readInhibitRule),
    timeIntervals: {},
    receivers: Object.fromEntries(receivers),
    ...(timeout ? { resolveTimeoutMs: readDuration(timeout) } : {}),
  };
}

export function readRoute(route: FileRoute): RouteConfig {
  const matchers = [
    ...readPairs(route.match, false),
    ...readPairs(route.match_re, true),
    ...(route.matchers ?? []).flatMap((text) => [...parseMatchers(text)]),
  ];
  return {
    ...(route.receiver ? { receiver: route.receiver } : {}),
    ...(route.group_by ? { groupBy: route.group_by } : {}),
    ...(route.group_wait ? { groupWaitMs: readDuration(route.group_wait) } : {}),
    ...(route.group_interval ? { groupIntervalMs: readDuration(route.group_interval) } : {}),
    ...(route.repeat_interval ? { repeatIntervalMs: readDuration(route.repeat_interval) } : {}),
    ...(matchers.length > 0 ? { matchers } : {}),
    continues: route.continue ?? false,
    routes: (route.routes ?? []).map(readRoute),
  };
}

function readInhibitRule(rule: FileInhibitRule): InhibitRule {
  const sides = (pairs: Record<string, string> | undefined, texts: string[] = []): LabelMatcher[] => [
    ...readPairs(pairs, false),
    ...texts.flatMap((text) => [...parseMatchers(text)]),
  ];
  return {
    sources: [sides(rule.source_match, rule.source_matchers)],
    targets: sides(rule.target_match, rule.target_matchers),
    equal: rule.equal ?? [],
  };
}

/** `match_re` keeps the anchored form, as Alertmanager's own group keys do. */
function readPairs(pairs: Record<string, string> = {}, isRegex: boolean): LabelMatcher[] {
  return Object.entries(pairs).map(([name, value]) => ({
    name,
    value: isRegex ? `^(?:${value})$` : value,
    isRegex,
    isEqual: true,
  }));
}
