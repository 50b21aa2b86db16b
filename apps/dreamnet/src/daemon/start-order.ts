/**
 * Names in an order in which each comes after what it depends on. The fleet file has no cycles; were there one,
 * its members would come last, in their own order.
 */
export function startOrder(dependsOn: ReadonlyMap<string, readonly string[]>): string[] {
  const waitsFor = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [name, targets] of dependsOn) {
    const known = targets.filter((target) => dependsOn.has(target));
    waitsFor.set(name, known.length);
    for (const target of known) dependents.set(target, [...(dependents.get(target) ?? []), name]);
  }
  const ordered = [...waitsFor].filter(([, count]) => count === 0).map(([name]) => name);
  for (const name of ordered)
    for (const dependent of dependents.get(name) ?? []) {
      const left = (waitsFor.get(dependent) ?? 1) - 1;
      waitsFor.set(dependent, left);
      if (left === 0) ordered.push(dependent);
    }
  return [...ordered, ...[...waitsFor.keys()].filter((name) => !ordered.includes(name))];
}
