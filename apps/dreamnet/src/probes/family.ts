import { readProcessStat } from '../process-stat.js';

/**
 * Who among some processes belongs to one that leads a session: those of its session, and those that descend from it, wherever they
 * went, as long as every one between runs: an orphan's parent is not known any more.
 *
 * @param isRunning The leader itself: the number of one that has ended may be somebody else's.
 */
export function familyOf(leader: number, among: readonly number[], isRunning: boolean): number[] {
  const stats = among.flatMap((pid) => {
    const stat = readProcessStat(pid);
    return stat ? [{ pid, ...stat }] : [];
  });
  const family = new Set(stats.filter(({ session }) => session === leader).map(({ pid }) => pid));
  if (isRunning) family.add(leader);
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}
