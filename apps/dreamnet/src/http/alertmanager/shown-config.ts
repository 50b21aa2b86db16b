import type { InclusiveRange, LabelMatcher, TimeInterval } from '@dreamnet/contracts';
import type { DeliveryConfig, InhibitRule, RouteConfig } from '@dreamnet/dreamnet-os-core';
import { stringify } from 'yaml';

/**
 * The configuration in force in the form of Alertmanager's file, so that `amtool config routes` can read it. Receivers are
 * there by name only: how they are reached is nobody's business here.
 */
export function showDeliveryConfig(config: DeliveryConfig): string {
  const { resolveTimeoutMs, inhibitRules, timeIntervals } = config;
  const intervals = Object.entries(timeIntervals);
  return stringify({
    ...(resolveTimeoutMs !== undefined && { global: { resolve_timeout: showDuration(resolveTimeoutMs) } }),
    route: showRoute(config.route),
    receivers: Object.keys(config.receivers).map((name) => ({ name })),
    ...(inhibitRules.length > 0 && { inhibit_rules: inhibitRules.flatMap(showInhibition) }),
    ...(intervals.length > 0 && {
      time_intervals: intervals.map(([name, parts]) => ({ name, time_intervals: parts.map(showInterval) })),
    }),
  });
}

function showRoute(route: RouteConfig): object {
  const lists = {
    matchers: route.matchers?.map(showMatcher),
    group_by: route.groupBy,
    mute_time_intervals: route.muteTimeIntervals,
    active_time_intervals: route.activeTimeIntervals,
    routes: route.routes?.map(showRoute),
  };
  const times = {
    group_wait: route.groupWaitMs,
    group_interval: route.groupIntervalMs,
    repeat_interval: route.repeatIntervalMs,
  };
  return {
    ...(route.receiver !== undefined && { receiver: route.receiver }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => (list?.length ?? 0) > 0)),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([key, ms]) => (ms === undefined ? [] : [[key, showDuration(ms)]])),
    ),
    ...(route.continues === true && { continue: true }),
  };
}

/** Sources that are alternatives are rules of their own there. */
function showInhibition({ name, sources, targets, equal }: InhibitRule): readonly object[] {
  return sources.map((source) => ({
    ...(name !== undefined && { name }),
    source_matchers: source.map(showMatcher),
    target_matchers: targets.map(showMatcher),
    ...(equal.length > 0 && { equal }),
  }));
}

/** Names beyond letters, digits and `_` are quoted, too. */
function showMatcher({ name, value, isRegex, isEqual }: LabelMatcher): string {
  const shownName = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
  return `${shownName}${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}${JSON.stringify(value)}`;
}

function showDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

function showInterval(interval: TimeInterval): object {
  const ranges = (list: readonly InclusiveRange[] | undefined, show = String as (part: number) => string) =>
    list?.map(({ begin, end }) => `${show(begin)}:${show(end)}`);
  const parts = {
    times: interval.times?.map(({ start, end }) => ({
      start_time: showMinute(start),
      end_time: showMinute(end),
    })),
    weekdays: ranges(interval.weekdays, (day) => WEEKDAYS[day] ?? String(day)),
    days_of_month: ranges(interval.daysOfMonth),
    months: ranges(interval.months),
    years: ranges(interval.years),
    location: interval.location,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function showMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
