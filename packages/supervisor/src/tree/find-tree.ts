import type { Marker } from '../linux/marker.js';
import type { ProcessRow } from '../linux/process-table.js';
import type { ProcessLook } from './process-look.js';

/** A process by pid and start time, within this boot. */
export interface TreeMember {
  readonly pid: number;
  readonly startTicks: number;
}

/** Whose tree to look for. */
export interface TreeQuery {
  readonly instanceId: string;
  readonly processId: string;
  /** Which starts of the process are meant: another generation is another tree. */
  readonly hasGeneration: (generation: number) => boolean;
  /** The main process; it leads its own session and group. May have ended. */
  readonly leader: TreeMember | null;
  /** Members seen earlier: found again even if they left the session and cleaned their environment. */
  readonly known?: Iterable<TreeMember>;
  /** Pids the kernel lists in the tree's own cgroup. */
  readonly confinedPids?: Iterable<number>;
}

/**
 * Everything of one tree that still runs: the main process's session, descendants by parent, members seen
 * before, members of the cgroup, and whatever carries the marker (so double forks and new sessions do not hide).
 */
export function findTree(query: TreeQuery, { rows, markerOf }: ProcessLook): ProcessRow[] {
  const known = new Map([...(query.known ?? [])].map(({ pid, startTicks }) => [pid, startTicks]));
  const confined = new Set(query.confinedPids);
  const isSeed = (row: ProcessRow): boolean =>
    isOfLeader(row, query.leader) ||
    known.get(row.pid) === row.startTicks ||
    confined.has(row.pid) ||
    isMarked(markerOf(row.pid), query);
  return withDescendants(rows, rows.filter(isSeed));
}

/** The session outlives its leader; a start before the leader's shows that the number was somebody else's. */
function isOfLeader(row: ProcessRow, leader: TreeMember | null): boolean {
  if (!leader || row.session !== leader.pid || row.startTicks < leader.startTicks) return false;
  return row.pid !== leader.pid || row.startTicks === leader.startTicks;
}

function isMarked(marker: Marker | undefined, query: TreeQuery): boolean {
  return (
    marker?.processId === query.processId &&
    marker.instanceId === query.instanceId &&
    query.hasGeneration(marker.generation)
  );
}

/** The seeds and whatever of the table descends from them. */
export function withDescendants(table: readonly ProcessRow[], seeds: readonly ProcessRow[]): ProcessRow[] {
  const found = new Map(seeds.map((row) => [row.pid, row]));
  const childrenOf = new Map<number, ProcessRow[]>();
  for (const row of table) {
    const siblings = childrenOf.get(row.ppid);
    if (siblings) siblings.push(row);
    else childrenOf.set(row.ppid, [row]);
  }
  const queue = [...seeds];
  for (let row = queue.pop(); row; row = queue.pop()) {
    for (const child of childrenOf.get(row.pid) ?? []) {
      if (found.has(child.pid) || child.pid === process.pid) continue;
      found.set(child.pid, child);
      queue.push(child);
    }
  }
  return [...found.values()];
}
