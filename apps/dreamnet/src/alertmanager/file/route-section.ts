import type { RouteConfig } from '@dreamnet/dreamnet-os-core';
import { equalities, expressions, labelNames, matcherList } from './matcher-values.js';
import {
  below,
  isEmpty,
  listOf,
  placed,
  type Reading,
  refuse,
  type Section,
  type Spot,
  section,
} from './reading.js';
import { duration, flag, text } from './values.js';

const names = listOf(text);

const SHAPE = {
  receiver: placed(text),
  group_by: labelNames,
  continue: flag,
  match: equalities,
  match_re: expressions,
  matchers: matcherList,
  mute_time_intervals: names,
  active_time_intervals: names,
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
  routes: (spot: Spot) => routes(spot),
} as const;

/** A node of the routing tree with the place it was written at, for checks that need the rest of the file. */
export interface PlacedRoute {
  readonly config: RouteConfig;
  readonly spot: Spot;
  readonly children: readonly PlacedRoute[];
}

const readSection = section(SHAPE);
/** Alertmanager's way to write "by every label". */
const ALL_LABELS = '...';

/** One node with all below it; what it inherits is left out. */
export const route: Reading<PlacedRoute> = (spot) => {
  const read = isEmpty(spot) ? {} : readSection(spot);
  if (!read) return undefined;
  checkGrouping(read, spot);
  const children = read.routes ?? [];
  const matchers = [...(read.match ?? []), ...(read.match_re ?? []), ...(read.matchers ?? [])];
  return {
    spot,
    children,
    config: {
      ...(read.receiver && read.receiver.value !== '' && { receiver: read.receiver.value }),
      ...(matchers.length > 0 && { matchers }),
      ...(read.group_by && hasKey(spot, 'group_by') && { groupBy: read.group_by }),
      ...(read.group_wait !== undefined && { groupWaitMs: read.group_wait }),
      ...(read.group_interval !== undefined && { groupIntervalMs: read.group_interval }),
      ...(read.repeat_interval !== undefined && { repeatIntervalMs: read.repeat_interval }),
      ...(read.mute_time_intervals?.length && { muteTimeIntervals: read.mute_time_intervals }),
      ...(read.active_time_intervals?.length && { activeTimeIntervals: read.active_time_intervals }),
      ...(read.continue !== undefined && { continues: read.continue }),
      ...(children.length > 0 && { routes: children.map(({ config }) => config) }),
    },
  };
};

const routes: Reading<readonly PlacedRoute[]> = listOf((spot) => route(spot));

function hasKey({ value }: Spot, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function checkGrouping(read: Section<Omit<typeof SHAPE, 'routes'>>, spot: Spot): void {
  const groupBy = read.group_by ?? [];
  for (const [index, name] of groupBy.entries())
    if (groupBy.indexOf(name) !== index)
      refuse(below(below(spot, 'group_by'), index), `'${name}' is there twice`);
  if (groupBy.includes(ALL_LABELS) && groupBy.length > 1)
    refuse(below(spot, 'group_by'), `'...' (all labels) stands alone`);
  for (const key of ['group_interval', 'repeat_interval'] as const)
    if (read[key] === 0) refuse(below(spot, key), 'cannot be zero');
}
