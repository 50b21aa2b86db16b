import type { RouteConfig } from '@dreamnet/dreamnet-os-core';
import { programError } from '../../errors.js';
import { below, placeOf, refuse, type Spot } from './reading.js';
import type { ReceiverSection } from './receiver-section.js';
import type { PlacedRoute } from './route-section.js';
import type { NamedIntervals } from './time-section.js';

/** The parts of a file that name each other. */
export interface FileParts {
  readonly route: PlacedRoute | undefined;
  readonly receivers: readonly ReceiverSection[];
  readonly intervals: readonly NamedIntervals[];
}

/** Alertmanager's own defaults for what no route says. */
const ROUTE_DEFAULTS = { groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 4 * 3_600_000 };

/**
 * Checks what needs the whole file: names are there once and defined, the root takes every alert.
 *
 * @returns The root with Alertmanager's defaults.
 * @throws DN_ALERTMANAGER_WRONG_VALUE, DN_ALERTMANAGER_DUPLICATE, DN_ALERTMANAGER_UNDEFINED
 */
export function checkFile(root: Spot, { route, receivers, intervals }: FileParts): RouteConfig {
  const receiverNames = distinctNames('receiver', receivers);
  const intervalNames = distinctNames('time interval', intervals);
  if (!route) return refuse(root, 'there is no route: alerts would go nowhere');
  checkRoot(route);
  checkNames(route, { receiverNames, intervalNames });
  return { ...ROUTE_DEFAULTS, ...route.config };
}

function distinctNames(kind: string, named: readonly { name: string; spot: Spot }[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, spot } of named) {
    if (names.has(name))
      throw programError('DN_ALERTMANAGER_DUPLICATE', { place: placeOf(spot), kind, name });
    names.add(name);
  }
  return names;
}

function checkRoot({ config, spot }: PlacedRoute): void {
  if (config.receiver === undefined) refuse(spot, 'the root route needs a receiver');
  if (config.matchers !== undefined) refuse(spot, 'the root route takes every alert: it has no matchers');
  if (config.muteTimeIntervals !== undefined)
    refuse(below(spot, 'mute_time_intervals'), 'the root route cannot be muted');
  if (config.activeTimeIntervals !== undefined)
    refuse(below(spot, 'active_time_intervals'), 'the root route is always active');
  if (config.continues === true) refuse(below(spot, 'continue'), 'the root route has no siblings');
}

interface Names {
  receiverNames: ReadonlySet<string>;
  intervalNames: ReadonlySet<string>;
}

function checkNames({ config, spot, children }: PlacedRoute, names: Names): void {
  if (config.receiver !== undefined && !names.receiverNames.has(config.receiver))
    refuseUndefined(below(spot, 'receiver'), 'receiver', config.receiver);
  const uses = [
    ['mute_time_intervals', config.muteTimeIntervals],
    ['active_time_intervals', config.activeTimeIntervals],
  ] as const;
  for (const [key, used = []] of uses)
    for (const [index, name] of used.entries())
      if (!names.intervalNames.has(name))
        refuseUndefined(below(below(spot, key), index), 'time interval', name);
  for (const child of children) checkNames(child, names);
}

function refuseUndefined(spot: Spot, kind: string, name: string): never {
  throw programError('DN_ALERTMANAGER_UNDEFINED', { place: placeOf(spot), kind, name });
}
