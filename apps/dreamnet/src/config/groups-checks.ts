import { programError } from '../errors.js';
import type { LoadedFleet } from './load.js';
import { showPlace } from './source.js';

type Path = readonly PropertyKey[];

/**
 * Checks what groups say about each other: names are there and taken once, nobody is in two groups or in itself.
 *
 * @throws DN_CONFIG_* for the first thing found, with its place.
 */
export function checkGroups(loaded: LoadedFleet): void {
  const { agents, subsystems, groups } = loaded.fleet;
  const groupOf = new Map<string, string>();
  for (const [name, { members }] of Object.entries(groups)) {
    const kind = [
      ['agents', agents],
      ['subsystems', subsystems],
    ].find(([, names]) => Object.hasOwn(names as object, name))?.[0];
    if (kind !== undefined)
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOfKey(['groups'], name)),
        name,
        where: `: once under ${kind}, once under groups`,
      });
    for (const [index, member] of members.entries()) {
      const path = ['groups', name, 'members', index];
      if (!Object.hasOwn(agents, member) && !Object.hasOwn(groups, member))
        refuse(loaded, path, `'${member}' is neither an agent nor a group here`);
      const other = groupOf.get(member);
      if (other !== undefined)
        refuse(loaded, path, `'${member}' is a member of '${other}' already; each belongs to one group`);
      groupOf.set(member, name);
    }
  }
  for (const name of Object.keys(groups)) checkNesting(loaded, name, groupOf);
}

/** Each has one parent at most, so a circle is found by going up. */
function checkNesting(loaded: LoadedFleet, name: string, groupOf: ReadonlyMap<string, string>): void {
  const way = [name];
  for (let above = groupOf.get(name); above !== undefined; above = groupOf.get(above)) {
    way.push(above);
    if (above === name)
      refuse(loaded, ['groups', name, 'members'], `the group contains itself: ${way.reverse().join(' → ')}`);
    if (way.length > groupOf.size + 1) return;
  }
}

function refuse(loaded: LoadedFleet, path: Path, why: string): never {
  throw programError('DN_CONFIG_WRONG_TYPE', {
    place: showPlace(loaded.placeOf(path)),
    path: path.map(String).join('.'),
    why,
  });
}
