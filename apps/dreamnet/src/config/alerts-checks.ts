import { isRuleLabel, parseMatchers, unknownPlaceholder } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';
import type { AlertsSection, RouteEntry, RuleEntry } from './alerts-schema.js';
import type { LoadedFleet } from './load.js';
import { showPlace } from './source.js';
import { readTimeWindow } from './time-windows.js';

/** The states an axis can have; a rule on another would never hold. */
const AXIS_STATES: Readonly<Record<'liveness' | 'readiness' | 'progress', readonly string[]>> = {
  liveness: ['alive', 'suspended', 'dead', 'unknown'],
  readiness: ['ready', 'not_ready', 'unknown'],
  progress: ['moving', 'idle', 'stuck', 'looping', 'unknown'],
};

/** A line drawn further than this says nothing. */
const LONGEST_FORECAST_MS = 24 * 3_600_000;

type Path = readonly PropertyKey[];
interface Checking {
  loaded: LoadedFleet;
  section: AlertsSection;
}

/**
 * Checks what the `alerts` section says about itself: names that are referred to are there, texts can be read.
 *
 * @throws DN_CONFIG_* for the first thing found, with its place.
 */
export function checkAlerts(loaded: LoadedFleet): void {
  const section = loaded.fleet.alerts;
  const checking = { loaded, section };
  checkUnique(checking, 'rules');
  checkUnique(checking, 'receivers');
  for (const [index, rule] of section.rules.entries()) checkRule(checking, rule, ['alerts', 'rules', index]);
  checkReceiver(checking, section.defaults.receiver, ['alerts', 'defaults', 'receiver']);
  checkRoutes(checking, section.routes, ['alerts', 'routes']);
  checkInhibition(checking);
  checkIntervals(checking);
  checkEscalation(checking);
}

function refuse({ loaded }: Checking, path: Path, why: string): never {
  throw programError('DN_CONFIG_WRONG_TYPE', {
    place: showPlace(loaded.placeOf(path)),
    path: path.map(String).join('.'),
    why,
  });
}

function checkUnique({ loaded, section }: Checking, list: 'rules' | 'receivers'): void {
  const names = new Set<string>();
  for (const [index, { name }] of section[list].entries()) {
    if (names.has(name))
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOf(['alerts', list, index, 'name'])),
        name,
        where: ` among the ${list}`,
      });
    names.add(name);
  }
}

function checkRule(checking: Checking, rule: RuleEntry, path: Path): void {
  checkMatchers(checking, rule.match, [...path, 'match']);
  if (rule.on === 'axis')
    for (const [index, state] of rule.is.entries())
      if (!AXIS_STATES[rule.axis].includes(state))
        refuse(
          checking,
          [...path, 'is', index],
          `${rule.axis} is never '${state}'; it is ${AXIS_STATES[rule.axis].join(', ')}`,
        );
  if (rule.on === 'trend' && (rule.crosses === undefined) !== (rule.within === undefined))
    refuse(checking, path, 'crosses and within go together: which level, and how soon');
  if (rule.on === 'trend' && (rule.within ?? 0) > LONGEST_FORECAST_MS)
    refuse(checking, [...path, 'within'], 'a forecast reaches a day (24h) at most');
  for (const label of Object.keys(rule.labels))
    if (!isRuleLabel(label))
      refuse(
        checking,
        [...path, 'labels', label],
        `'${label}' says what the alert is and is not set by a rule`,
      );
  for (const [name, text] of Object.entries(rule.annotations)) {
    const unknown = unknownPlaceholder(text);
    if (unknown !== undefined)
      refuse(
        checking,
        [...path, 'annotations', name],
        `'{{${unknown}}}' stands for nothing; there are value, threshold, subsystem, domain, metric, severity and labels.NAME`,
      );
  }
}

function checkRoutes(checking: Checking, routes: readonly RouteEntry[], path: Path): void {
  for (const [index, route] of routes.entries()) {
    const here = [...path, index];
    checkMatchers(checking, route.match, [...here, 'match']);
    checkReceiver(checking, route.receiver, [...here, 'receiver']);
    for (const key of ['mute', 'active'] as const)
      for (const [at, name] of route[key].entries())
        if (!Object.hasOwn(checking.section.timeIntervals, name))
          refuse(checking, [...here, key, at], `there is no time interval '${name}'`);
    checkRoutes(checking, route.routes ?? [], [...here, 'routes']);
  }
}

function checkReceiver(checking: Checking, name: string | undefined, path: Path): void {
  const names = checking.section.receivers.map((receiver) => receiver.name);
  if (name !== undefined && !names.includes(name))
    refuse(
      checking,
      path,
      `there is no receiver '${name}'; there ${names.length === 0 ? 'are none' : `are: ${names.join(', ')}`}`,
    );
}

function checkInhibition(checking: Checking): void {
  for (const [index, rule] of checking.section.inhibit.entries())
    for (const key of ['source', 'target'] as const)
      checkMatchers(checking, rule[key], ['alerts', 'inhibit', index, key]);
}

function checkIntervals(checking: Checking): void {
  for (const [name, windows] of Object.entries(checking.section.timeIntervals))
    for (const [index, window] of windows.entries()) {
      const reading = readTimeWindow(window);
      if (reading.ok) continue;
      const at = reading.index === undefined ? [] : [reading.index];
      refuse(checking, ['alerts', 'timeIntervals', name, index, reading.part, ...at], reading.why);
    }
}

function checkEscalation(checking: Checking): void {
  for (const [index, { match, steps }] of checking.section.escalation.entries()) {
    const here = ['alerts', 'escalation', index];
    checkMatchers(checking, match, [...here, 'match']);
    for (const [at, { after, receiver }] of steps.entries()) {
      checkReceiver(checking, receiver, [...here, 'steps', at, 'receiver']);
      if (after <= (steps[at - 1]?.after ?? 0))
        refuse(checking, [...here, 'steps', at, 'after'], 'each step comes after the one before it');
    }
  }
}

function checkMatchers(checking: Checking, texts: readonly string[], path: Path): void {
  for (const [index, text] of texts.entries()) {
    const problem = problemOf(text);
    if (problem !== undefined) refuse(checking, [...path, index], problem);
  }
}

function problemOf(text: string): string | undefined {
  try {
    return parseMatchers(text).length === 0 ? 'expected a matcher such as severity="critical"' : undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown).message;
  }
}
