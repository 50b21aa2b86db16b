import type { DependencyDeclaration } from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';

/** What of the health engine the graph is read from. */
export type DeclarationSource = Pick<HealthEngine, 'manifest' | 'names'>;

/** The dependencies of one subsystem as it declares them, the short form written out. */
export function declaredDependencies(source: DeclarationSource, name: string): DependencyDeclaration[] {
  return (source.manifest(name).dependsOn ?? []).map((declared) =>
    typeof declared === 'string' ? { name: declared } : declared,
  );
}

/** Names a subsystem cannot work without: optional dependencies explain nothing that is broken. */
export function requiredDependencies(source: DeclarationSource, name: string): string[] {
  return declaredDependencies(source, name)
    .filter(({ optional }) => optional !== true)
    .map((declared) => declared.name);
}

/** Everything that some subsystems need, directly and through others, nearest first; each once, and none of themselves. */
function* walkDependencies(source: DeclarationSource, names: Iterable<string>): Generator<string> {
  const seen = new Set(names);
  const open = [...seen];
  for (const member of open)
    for (const needed of requiredDependencies(source, member)) {
      if (seen.has(needed)) continue;
      seen.add(needed);
      open.push(needed);
      yield needed;
    }
}

/**
 * Everything a subsystem needs, directly and through others, nearest first and without itself. A cycle is walked
 * once.
 */
export function dependencyClosure(source: DeclarationSource, name: string): string[] {
  return [...walkDependencies(source, [name])];
}

/** Those of some subsystems that need anything, and everything they need. */
export function whatTheyNeed(source: DeclarationSource, names: Iterable<string>): ReadonlySet<string> {
  const needy = [...names].filter((name) => requiredDependencies(source, name).length > 0);
  return new Set([...needy, ...walkDependencies(source, needy)]);
}

/** Does it need any of these, other than itself, directly or through others? Nobody beyond the first of them is looked at. */
export function needsAnyOf(source: DeclarationSource, name: string, others: ReadonlySet<string>): boolean {
  for (const needed of walkDependencies(source, [name])) if (others.has(needed)) return true;
  return false;
}

/** Those of `names` that need `target`, directly or through others. Takes time in proportion to all that they need. */
export function whoNeeds(
  source: DeclarationSource,
  names: Iterable<string>,
  target: string,
): ReadonlySet<string> {
  const asked = [...names];
  const dependents = new Map<string, string[]>(asked.map((name) => [name, []]));
  for (const name of dependents.keys())
    for (const needed of requiredDependencies(source, name)) {
      const known = dependents.get(needed);
      if (known) known.push(name);
      else dependents.set(needed, [name]);
    }
  const found = new Set(dependents.get(target));
  for (const name of found) for (const dependent of dependents.get(name) ?? []) found.add(dependent);
  return new Set(asked.filter((name) => found.has(name)));
}

/** Subsystems of which each needs each other. */
export interface DependencyCycle {
  /** All of them, in the order in which they were declared. */
  group: readonly string[];
  /** The shortest way from the first of them back to itself. */
  path: readonly string[];
}

/**
 * The groups of subsystems that depend on each other. Takes time in proportion to the declarations.
 *
 * @param among Only these, of whom none needs anybody else. Default: all.
 * @returns For example `[{ group: ['a', 'b'], path: ['a', 'b', 'a'] }]`.
 */
export function dependencyCycles(source: DeclarationSource, among?: ReadonlySet<string>): DependencyCycle[] {
  const cycles: DependencyCycle[] = [];
  for (const group of dependencyGroups(source, among)) {
    const first = group[0] ?? '';
    if (group.length > 1 || requiredDependencies(source, first).includes(first))
      cycles.push({ group, path: pathBackTo(source, first) });
  }
  return cycles;
}

/**
 * The strongly connected groups, each with its first declared member first.
 *
 * @source Sharir 1981, the two-pass algorithm also known as Kosaraju's
 */
function dependencyGroups(source: DeclarationSource, among?: ReadonlySet<string>): string[][] {
  const names = source.names().filter((name) => among?.has(name) ?? true);
  const dependents = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const name of names)
    for (const needed of requiredDependencies(source, name)) dependents.get(needed)?.push(name);
  const visited = new Set<string>();
  const finished = names.flatMap((name) =>
    finishingOrder(name, visited, (member) => requiredDependencies(source, member)),
  );
  const grouped = new Set<string>();
  const rank = new Map(names.map((name, at) => [name, at]));
  return finished
    .reverse()
    .map((name) => finishingOrder(name, grouped, (member) => dependents.get(member) ?? []))
    .filter((group) => group.length > 0)
    .map((group) => group.sort((left, right) => (rank.get(left) ?? 0) - (rank.get(right) ?? 0)))
    .sort(([left = ''], [right = '']) => (rank.get(left) ?? 0) - (rank.get(right) ?? 0));
}

/** Depth first from one name over what was not visited yet, in the order in which names are finished; not recursive. */
function finishingOrder(
  start: string,
  visited: Set<string>,
  next: (name: string) => readonly string[],
): string[] {
  if (visited.has(start)) return [];
  visited.add(start);
  const order: string[] = [];
  const path = [{ name: start, open: [...next(start)] }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const child = top.open.pop();
    if (child === undefined) order.push(path.pop()?.name ?? '');
    else if (!visited.has(child)) {
      visited.add(child);
      path.push({ name: child, open: [...next(child)] });
    }
  }
  return order;
}

/** The shortest way from a member of a cycle back to itself. */
function pathBackTo(source: DeclarationSource, start: string): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const member of queue) {
    for (const next of requiredDependencies(source, member)) {
      if (next === start) return unwind(cameFrom, start, member);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, member);
      queue.push(next);
    }
  }
  return [start];
}

function unwind(cameFrom: ReadonlyMap<string, string>, start: string, last: string): string[] {
  const path = [start];
  for (let at: string | undefined = last; at !== undefined && at !== start; at = cameFrom.get(at))
    path.unshift(at);
  return [start, ...path];
}
