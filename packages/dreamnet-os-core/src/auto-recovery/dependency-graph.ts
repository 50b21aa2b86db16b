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

/**
 * Everything a subsystem needs, directly and through others, nearest first and without itself. A cycle is walked
 * once.
 */
export function dependencyClosure(source: DeclarationSource, name: string): string[] {
  const seen = new Set([name]);
  const closure: string[] = [];
  let level = [name];
  while (level.length > 0) {
    const next = level
      .flatMap((member) => requiredDependencies(source, member))
      .filter((member, at, all) => !seen.has(member) && all.indexOf(member) === at);
    for (const member of next) seen.add(member);
    closure.push(...next);
    level = next;
  }
  return closure;
}

/**
 * One cycle per group of subsystems that depend on each other, each as the path that closes it.
 *
 * @returns For example `[['a', 'b', 'a']]`.
 */
export function dependencyCycles(source: DeclarationSource): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of source.names()) {
    if (done.has(start)) continue;
    const closure = dependencyClosure(source, start);
    const members = closure.filter((name) => dependencyClosure(source, name).includes(start));
    const isInCycle = members.length > 0 || requiredDependencies(source, start).includes(start);
    if (isInCycle) cycles.push(pathBackTo(source, start));
    for (const member of [start, ...members]) done.add(member);
  }
  return cycles;
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
