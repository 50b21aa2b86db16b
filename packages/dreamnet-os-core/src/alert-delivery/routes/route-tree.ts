import type { LabelSet } from '@dreamnet/contracts';
import type { RouteConfig } from '../alert-delivery-boundary.js';
import {
  type CompiledMatcher,
  compareMatchers,
  compileMatchers,
  matchersText,
  matchesAll,
} from '../matchers/label-matching.js';

/** One node of the tree with everything it inherits. */
export interface Route {
  /** The matchers from the root down, as in Alertmanager's group keys: `{}/{team="x"}`. Siblings may share it. */
  readonly key: string;
  /** The same with the place among the siblings: unique in the tree. */
  readonly id: string;
  readonly receiver: string;
  readonly matchers: readonly CompiledMatcher[];
  /** Names to group by, sorted; null is all labels: every alert its own group. */
  readonly groupBy: readonly string[] | null;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly continues: boolean;
  readonly routes: readonly Route[];
}

/** What the root has where its configuration says nothing. @source Alertmanager's documented defaults */
const DEFAULTS = { groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 14_400_000 };
const ALL_LABELS = '...';

/**
 * Builds the tree.
 *
 * @throws DN_CORE_MATCHER_INVALID
 */
export function createRouteTree(config: RouteConfig): Route {
  return createRoute(config, undefined, 0);
}

/**
 * The routes an alert takes: depth first, the first matching child wins unless it continues; a node none of whose
 * children match takes the alert itself.
 *
 * @returns Empty when the node itself does not match.
 */
export function routesFor(route: Route, labels: LabelSet): readonly Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matching = routesFor(child, labels);
    found.push(...matching);
    if (matching.length > 0 && !child.continues) break;
  }
  return found.length > 0 ? found : [route];
}

/** Every node, parents before their children. */
export function walkRoutes(route: Route): readonly Route[] {
  return [route, ...route.routes.flatMap(walkRoutes)];
}

function createRoute(config: RouteConfig, parent: Route | undefined, place: number): Route {
  const matchers = [...compileMatchers(config.matchers ?? [])].sort(compareMatchers);
  const text = matchersText(matchers);
  const route: Route = {
    key: parent ? `${parent.key}/${text}` : text,
    id: parent ? `${parent.id}/${text}/${place}` : text,
    receiver: config.receiver ?? parent?.receiver ?? '',
    matchers,
    groupBy: groupByOf(config, parent),
    groupWaitMs: config.groupWaitMs ?? parent?.groupWaitMs ?? DEFAULTS.groupWaitMs,
    groupIntervalMs: config.groupIntervalMs ?? parent?.groupIntervalMs ?? DEFAULTS.groupIntervalMs,
    repeatIntervalMs: config.repeatIntervalMs ?? parent?.repeatIntervalMs ?? DEFAULTS.repeatIntervalMs,
    // Times do not pass down: a child of a muted route speaks unless it is muted itself.
    muteTimeIntervals: config.muteTimeIntervals ?? [],
    activeTimeIntervals: config.activeTimeIntervals ?? [],
    continues: config.continues ?? false,
    routes: [],
  };
  const routes = (config.routes ?? []).map((child, at) => createRoute(child, route, at));
  return Object.assign(route, { routes });
}

/** An empty list is the same as none: the parent's. */
function groupByOf(config: RouteConfig, parent: Route | undefined): readonly string[] | null {
  const names = config.groupBy ?? [];
  if (names.includes(ALL_LABELS)) return null;
  if (names.length > 0) return [...new Set(names)].sort();
  return parent ? parent.groupBy : [];
}
