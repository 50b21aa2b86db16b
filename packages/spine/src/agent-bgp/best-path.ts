import type { Route } from '@dreamnet/contracts';

/** One step of the choice: negative when `left` is better, 0 when this rule cannot tell them apart. */
export interface PathRule {
  reason: string;
  compare(left: Route, right: Route): number;
}

const health: PathRule = {
  reason: 'health',
  compare: (left, right) => rank(left) - rank(right),
};
const localPreference: PathRule = {
  reason: 'local preference',
  compare: (left, right) => right.localPreference - left.localPreference,
};
const pathLength: PathRule = {
  reason: 'path length',
  compare: (left, right) => left.path.length - right.path.length,
};
const cost: PathRule = {
  reason: 'cost',
  compare: (left, right) => left.cost - right.cost,
};
/** The longer a route has stood the less it flaps. */
const age: PathRule = {
  reason: 'age',
  compare: (left, right) => left.announcedAt - right.announcedAt,
};
const provider: PathRule = {
  reason: 'id',
  compare: (left, right) => compareText(left.provider, right.provider),
};
/** Two ways to the same provider, equal in all else: any order will do as long as it is always the same. */
const path: PathRule = {
  reason: 'path',
  compare: (left, right) => compareText(left.path.join('/'), right.path.join('/')),
};

/**
 * What counts how much, by strategy. Health always comes first and the tie-breakers last.
 *
 * @source RFC 4271 §9.1.2.2, with agents in the place of networks
 */
export const STRATEGIES = {
  'best-path': [health, localPreference, pathLength, cost, age, provider, path],
  'highest-priority': [health, localPreference, cost, pathLength, age, provider, path],
  'shortest-path': [health, pathLength, localPreference, cost, age, provider, path],
  'lowest-cost': [health, cost, localPreference, pathLength, age, provider, path],
} as const satisfies Record<string, readonly PathRule[]>;

/** Names of the strategies. */
export type RouteStrategy = keyof typeof STRATEGIES;

/** Rules that say which route is better, as opposed to which of equals comes first. */
const TIE_BREAKERS: readonly PathRule[] = [age, provider, path];

/**
 * Compares by the first rule that can tell.
 *
 * @returns The sign, and that rule's reason; `identical` when none can.
 */
export function compareRoutes(
  rules: readonly PathRule[],
  left: Route,
  right: Route,
): { order: number; reason: string } {
  for (const rule of rules) {
    const order = rule.compare(left, right);
    if (order !== 0) return { order, reason: rule.reason };
  }
  return { order: 0, reason: 'identical' };
}

/** Routes best first; the input is left as it is. */
export function sortRoutes(rules: readonly PathRule[], routes: Iterable<Route>): Route[] {
  return [...routes].sort((left, right) => compareRoutes(rules, left, right).order);
}

/** How many of the sorted routes are as good as the first: only a tie-breaker tells them apart. */
export function countEqual(rules: readonly PathRule[], sorted: readonly Route[]): number {
  const [best] = sorted;
  if (!best) return 0;
  const real = rules.filter((rule) => !TIE_BREAKERS.includes(rule));
  const firstWorse = sorted.findIndex((route) => compareRoutes(real, best, route).order !== 0);
  return firstWorse === -1 ? sorted.length : firstWorse;
}

function rank(route: Route): number {
  return route.health === 'ready' ? 0 : 1;
}

/** By code unit, so that the order does not depend on the machine's language. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
