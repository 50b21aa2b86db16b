import type { FleetFile } from './schema.js';

/** Something that comes before a start: one of these must be ready. `name` is what a person is told. */
export interface Prerequisite {
  readonly name: string;
  readonly anyOf: readonly string[];
}

/** What each agent comes after, and an order in which nobody precedes those. */
export interface StartPlan {
  readonly order: readonly string[];
  readonly after: ReadonlyMap<string, readonly Prerequisite[]>;
}

type Groups = FleetFile['groups'];

/** The agents of a group or of an agent's own name, in start order. */
export function leavesOf(groups: Groups, name: string): string[] {
  const group = groups[name];
  return group === undefined ? [name] : group.members.flatMap((member) => leavesOf(groups, member));
}

/** The group a name is a member of; null when it is in none. */
export function groupOf(groups: Groups, name: string): string | null {
  return Object.keys(groups).find((group) => groups[group]?.members.includes(name)) ?? null;
}

/** What each agent comes after by the order of its groups: the last to start of the member before it. */
export function groupOrder(groups: Groups): Map<string, string[]> {
  const before = new Map<string, string[]>();
  for (const { members } of Object.values(groups))
    for (const [index, member] of members.entries()) {
      const previous = members[index - 1];
      // A group as a whole comes after its predecessor when its first agent does.
      const first = leavesOf(groups, member)[0];
      const last = previous === undefined ? undefined : leavesOf(groups, previous).at(-1);
      if (first !== undefined && last !== undefined) before.set(first, [...(before.get(first) ?? []), last]);
    }
  return before;
}

/**
 * In which order agents start, by `dependsOn`, the order of groups and `needs`. The first two have no circles in a
 * checked file; a need that would close one is left out, because whoever has it can be started without.
 */
export function startPlan({ agents, groups }: FleetFile): StartPlan {
  const after = new Map<string, Prerequisite[]>();
  const inOrder = groupOrder(groups);
  for (const [name, { dependsOn }] of Object.entries(agents)) {
    const names = new Set([...dependsOn, ...(inOrder.get(name) ?? [])]);
    after.set(
      name,
      [...names].map((one) => ({ name: one, anyOf: [one] })),
    );
  }
  const providers = providersOf(agents);
  for (const [name, { needs }] of Object.entries(agents))
    for (const capability of needs) {
      const anyOf = providersFor(providers, capability).filter((one) => !comesAfter(after, one, name));
      if (anyOf.length > 0) after.get(name)?.push({ name: capability, anyOf });
    }
  return { order: orderOf(after), after };
}

function providersOf(agents: FleetFile['agents']): Map<string, string[]> {
  const providers = new Map<string, string[]>();
  for (const [name, { capabilities }] of Object.entries(agents))
    for (const one of capabilities) {
      const capability = typeof one === 'string' ? one : one.name;
      providers.set(capability, [...(providers.get(capability) ?? []), name]);
    }
  return providers;
}

/** As routes do: who serves the capability, else who serves the longest prefix of it. */
function providersFor(
  providers: ReadonlyMap<string, readonly string[]>,
  capability: string,
): readonly string[] {
  for (
    let prefix = capability;
    prefix !== '';
    prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))
  ) {
    const found = providers.get(prefix);
    if (found) return found;
  }
  return [];
}

/** Does it come after the other, directly or not? Also true of itself. */
function comesAfter(
  after: ReadonlyMap<string, readonly Prerequisite[]>,
  name: string,
  other: string,
): boolean {
  const seen = new Set<string>();
  const pending = [name];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (one === other) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    for (const { anyOf } of after.get(one) ?? []) pending.push(...anyOf);
  }
  return false;
}

/** Each after what it comes after; were there a circle, its members would come last, in their own order. */
function orderOf(after: ReadonlyMap<string, readonly Prerequisite[]>): string[] {
  const waitsFor = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [name, prerequisites] of after) {
    const known = new Set(prerequisites.flatMap(({ anyOf }) => anyOf).filter((one) => after.has(one)));
    waitsFor.set(name, known.size);
    for (const one of known) dependents.set(one, [...(dependents.get(one) ?? []), name]);
  }
  const ordered = [...waitsFor].filter(([, count]) => count === 0).map(([name]) => name);
  for (const name of ordered)
    for (const dependent of dependents.get(name) ?? []) {
      const left = (waitsFor.get(dependent) ?? 1) - 1;
      waitsFor.set(dependent, left);
      if (left === 0) ordered.push(dependent);
    }
  const placed = new Set(ordered);
  return [...ordered, ...[...waitsFor.keys()].filter((name) => !placed.has(name))];
}

/** The order in steps: all of one step may be started at the same time, once those before it have been. */
export function startSteps({ order, after }: StartPlan): string[][] {
  const depth = new Map<string, number>();
  for (const name of order) {
    const before = (after.get(name) ?? []).flatMap(({ anyOf }) => anyOf.map((one) => depth.get(one) ?? 0));
    depth.set(name, 1 + Math.max(0, ...before));
  }
  const steps: string[][] = [];
  for (const [name, at] of depth) {
    steps[at] ??= [];
    steps[at]?.push(name);
  }
  return steps.filter((step) => step !== undefined);
}

/** The steps turned round: all of one step may end at the same time. */
export function stopSteps(plan: StartPlan): string[][] {
  return startSteps(plan).reverse();
}
