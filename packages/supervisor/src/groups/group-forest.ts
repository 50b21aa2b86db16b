import type { ProcessGroupSpec } from '@dreamnet/contracts';

/** Groups as they contain each other. A name that is no group is a process. */
export interface GroupForest {
  readonly groups: ReadonlyMap<string, ProcessGroupSpec>;
  /** The member a process is or belongs to; a group is its own. */
  memberOf(id: string): string;
  /** Of a process or a group; undefined when it stands alone. */
  parentOf(name: string): ProcessGroupSpec | undefined;
  /** The outermost group of a process; undefined when it is in none. */
  rootOf(name: string): ProcessGroupSpec | undefined;
  /** The processes of a group in start order; of a process, itself. */
  leavesOf(name: string): readonly string[];
}

/** @param specs Without circles, each member in one group at most: whoever reads them from a person checks that. */
export function createGroupForest(specs: readonly ProcessGroupSpec[]): GroupForest {
  const groups = new Map(specs.map((spec) => [spec.name, spec]));
  const parents = new Map(specs.flatMap((spec) => spec.members.map((member) => [member, spec] as const)));
  const replicas = new Map(specs.flatMap((spec) => Object.entries(spec.replicas ?? {})));
  const owners = new Map([...replicas].flatMap(([member, ids]) => ids.map((id) => [id, member] as const)));
  const memberOf = (id: string) => owners.get(id) ?? id;
  const parentOf = (name: string) => parents.get(memberOf(name));
  const leavesOf = (name: string): readonly string[] =>
    groups.get(name)?.members.flatMap(leavesOf) ?? replicas.get(name) ?? [name];
  const rootOf = (name: string): ProcessGroupSpec | undefined => {
    const parent = parentOf(name);
    return parent === undefined ? groups.get(name) : rootOf(parent.name);
  };
  return { groups, memberOf, parentOf, rootOf, leavesOf };
}

/** Its member is still in a group, with other processes: whoever looks after replicas ends it. */
export function isReplicaGone(
  id: string,
  { before, now }: { before: GroupForest; now: GroupForest },
): boolean {
  const member = before.memberOf(id);
  return now.parentOf(member) !== undefined && !now.leavesOf(member).includes(id);
}
