import type { ProcessGroupSpec } from '@dreamnet/contracts';

/** Groups as they contain each other. A name that is no group is a process. */
export interface GroupForest {
  readonly groups: ReadonlyMap<string, ProcessGroupSpec>;
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
  const leavesOf = (name: string): readonly string[] => groups.get(name)?.members.flatMap(leavesOf) ?? [name];
  const rootOf = (name: string): ProcessGroupSpec | undefined => {
    const parent = parents.get(name);
    return parent === undefined ? groups.get(name) : rootOf(parent.name);
  };
  return { groups, parentOf: (name) => parents.get(name), rootOf, leavesOf };
}
