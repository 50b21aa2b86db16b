import type { Clock } from '@dreamnet/contracts';
import type { Marker } from '../linux/marker.js';
import { readMarker } from '../linux/marker.js';
import { listPids, readSmallFile } from '../linux/process-table.js';
import type { TreeMember } from '../tree/find-tree.js';
import { type GaugeReading, ProcessGauge } from './process-gauge.js';

/** One reading serves all that ask within this time, so that a fleet costs one look and not one per agent. */
const ROUND_AGE_MS = 500;
/** Read in one round at most: a tree that forks without end must not hold the event loop for longer than some 20 ms. */
const MOST_READ = 2000;
const MOST_NEW = 500;
/** Processes whose files are kept open, three descriptors each; all others are opened anew each round. */
const MOST_KEPT = 1000;
/** Of the daemon's own descriptors at most every so manieth is spent on it. */
const SHARE_OF_DESCRIPTORS = 4;
const DESCRIPTORS_EACH = 3;

/** Whose tree is followed. */
export interface FollowedLeader extends TreeMember {
  /** By it members are recognised that lost their parent before they were seen. */
  readonly marker?: Marker;
}

/** One tree of the census; its readings are those of the last round. */
export interface FollowedTree {
  readonly gauges: ReadonlyMap<number, Pick<ProcessGauge, 'last'>>;
  /** Monotonic ms of the last reading; undefined as long as none of its processes was found. */
  readonly atMs: number | undefined;
  /** Closes what is kept open for it. Twice does nothing. */
  release(): void;
}

/** The processes of all followed trees, read together. Foreign processes are looked at once in their life. */
export interface ProcessCensus {
  follow(leader: FollowedLeader): FollowedTree;
  /** Reads everything again when the last reading is older than half a second; of a tree just followed, the first time. */
  refresh(): void;
  /**
   * Finds at most so many of the processes that were not seen yet and opens their files, which is most of a first reading.
   *
   * @returns false when there may be more.
   */
  findSome(most: number): boolean;
}

/** A census that reads nothing before it is asked. */
export function createProcessCensus(clock: Clock): ProcessCensus {
  return new Census(clock);
}

/** Processes seen for the first time in this round, and whose each was found to be. */
interface FirstLook {
  readonly seen: ReadonlyMap<number, ProcessGauge>;
  readonly found: Map<number, Tree | undefined>;
}

class Tree implements FollowedTree {
  readonly gauges = new Map<number, ProcessGauge>();
  atMs: number | undefined;
  readonly leader: FollowedLeader;
  readonly #onRelease: (tree: Tree) => void;

  constructor(leader: FollowedLeader, onRelease: (tree: Tree) => void) {
    this.leader = leader;
    this.#onRelease = onRelease;
  }

  release(): void {
    this.#onRelease(this);
  }
}

class Census implements ProcessCensus {
  readonly #clock: Clock;
  readonly #trees = new Set<Tree>();
  readonly #byLeader = new Map<number, Tree>();
  /** Which tree a pid belongs to. */
  readonly #owners = new Map<number, Tree>();
  /** Processes that belong to no tree and never will, for only what a member forks can join one; with their sessions. */
  readonly #foreign = new Map<number, number>();
  #kept = 0;
  #mostKept: number | undefined;
  /** The smallest leader that was not read yet. */
  #firstUnread = Number.POSITIVE_INFINITY;
  #atMs = Number.NEGATIVE_INFINITY;
  #newestPid = 0;
  /** The list of pids must be read again although no process has been made since. */
  #isListed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  follow(leader: FollowedLeader): FollowedTree {
    const tree = new Tree(leader, (released) => this.#release(released));
    this.#trees.add(tree);
    this.#byLeader.set(leader.pid, tree);
    this.#firstUnread = Math.min(this.#firstUnread, leader.pid);
    return tree;
  }

  refresh(): void {
    const nowMs = this.#clock.monotonic();
    const isDue = nowMs - this.#atMs >= ROUND_AGE_MS;
    if (!isDue && this.#firstUnread === Number.POSITIVE_INFINITY) return;
    if (isDue) {
      this.#readKnown(nowMs);
      this.#atMs = nowMs;
    }
    this.#findNew(MOST_NEW);
    // Of one whose processes are among those left for the next time nothing is known: not that it uses nothing.
    for (const tree of this.#trees)
      if (tree.atMs === undefined && (this.#isListed || tree.gauges.size > 0)) tree.atMs = nowMs;
  }

  findSome(most: number): boolean {
    this.#findNew(most);
    return this.#isListed;
  }

  /** Trees were followed since: their processes may have been taken for foreign, the first of them and what was made after it. */
  #forgetSince(first: number): void {
    if (first === Number.POSITIVE_INFINITY) return;
    this.#isListed = false;
    // Numbers began anew since it was started: which are later is not known.
    if (newestPid() < first) this.#foreign.clear();
    else for (const pid of this.#foreign.keys()) if (pid >= first) this.#foreign.delete(pid);
  }

  #release(tree: Tree): void {
    if (!this.#trees.delete(tree)) return;
    if (this.#byLeader.get(tree.leader.pid) === tree) this.#byLeader.delete(tree.leader.pid);
    for (const [pid, gauge] of tree.gauges) {
      this.#owners.delete(pid);
      this.#close(gauge);
    }
  }

  /** All trees, or as many as a round may read; the next round begins with those that were left. */
  #readKnown(nowMs: number): void {
    let left = MOST_READ;
    const read: Tree[] = [];
    for (const tree of this.#trees) {
      if (read.length > 0 && tree.gauges.size > left) break;
      left -= this.#readTree(tree);
      if (tree.gauges.size > 0 || tree.atMs !== undefined) tree.atMs = nowMs;
      read.push(tree);
    }
    if (read.length === this.#trees.size) return;
    for (const tree of read) {
      this.#trees.delete(tree);
      this.#trees.add(tree);
    }
  }

  /** All of it; of one that has more processes than a round may read, as many of them as that. @returns How many. */
  #readTree({ gauges }: Tree): number {
    const isPart = gauges.size > MOST_READ;
    let count = 0;
    for (const [pid, gauge] of gauges) {
      if (count === MOST_READ) break;
      count += 1;
      const runs = gauge.read();
      if (runs && !isPart) continue;
      gauges.delete(pid);
      if (runs) {
        gauges.set(pid, gauge);
        continue;
      }
      this.#owners.delete(pid);
      this.#close(gauge);
    }
    return count;
  }

  #findNew(most: number): void {
    this.#forgetSince(this.#firstUnread);
    this.#firstUnread = Number.POSITIVE_INFINITY;
    const newest = newestPid();
    if (this.#isListed && newest === this.#newestPid) return;
    // Numbers are given in turn: only after a new beginning can one of a foreign process be somebody else's.
    if (newest < this.#newestPid) this.#foreign.clear();
    this.#newestPid = newest;
    const fresh = listPidsOrNone().filter((pid) => !this.#owners.has(pid) && !this.#foreign.has(pid));
    // Listed as texts, 10 comes before 9; and of those of one look parents are to be among them with their children.
    fresh.sort((a, b) => a - b);
    this.#isListed = fresh.length <= most;
    const seen = new Map<number, ProcessGauge>();
    for (const pid of fresh.slice(0, most)) {
      const gauge = ProcessGauge.open(pid);
      if (gauge) seen.set(pid, gauge);
    }
    const found = new Map<number, Tree | undefined>();
    for (const [pid, gauge] of seen) this.#place(pid, gauge, this.#treeOf(gauge.last, { seen, found }));
  }

  #place(pid: number, gauge: ProcessGauge, tree: Tree | undefined): void {
    if (!tree) {
      this.#foreign.set(pid, gauge.last.session);
      return;
    }
    if (this.#mayKeep()) {
      gauge.keep();
      this.#kept += 1;
    }
    gauge.read();
    tree.gauges.set(pid, gauge);
    this.#owners.set(pid, tree);
  }

  /**
   * Of the nearest that is known, of itself and its ancestors: by session, by parent, or by the mark it was started with.
   * Who lost its parent is in another session than whoever took it in: only then is the mark looked at.
   */
  #treeOf(row: GaugeReading, look: FirstLook): Tree | undefined {
    if (look.found.has(row.pid)) return look.found.get(row.pid);
    // Parents can make a circle only when numbers were given anew while we read.
    look.found.set(row.pid, undefined);
    const parent = look.seen.get(row.ppid)?.last;
    const tree =
      this.#sessionTree(row) ??
      this.#owners.get(row.ppid) ??
      (parent && this.#treeOf(parent, look)) ??
      (row.session === (parent?.session ?? this.#foreign.get(row.ppid)) ? undefined : this.#markedTree(row));
    look.found.set(row.pid, tree);
    return tree;
  }

  /** The session outlives its leader; a start before the leader's shows that the number was somebody else's. */
  #sessionTree({ pid, session, startTicks }: GaugeReading): Tree | undefined {
    const tree = this.#byLeader.get(session);
    if (!tree || startTicks < tree.leader.startTicks) return undefined;
    return pid !== session || startTicks === tree.leader.startTicks ? tree : undefined;
  }

  #markedTree({ pid }: GaugeReading): Tree | undefined {
    if (pid === process.pid) return undefined;
    const marker = readMarker(pid);
    if (!marker) return undefined;
    for (const tree of this.#trees) if (isSame(tree.leader.marker, marker)) return tree;
    return undefined;
  }

  #mayKeep(): boolean {
    this.#mostKept ??= Math.min(MOST_KEPT, descriptorLimit() / SHARE_OF_DESCRIPTORS / DESCRIPTORS_EACH);
    return this.#kept < this.#mostKept;
  }

  #close(gauge: ProcessGauge): void {
    if (gauge.isKept) this.#kept -= 1;
    gauge.close();
  }
}

function isSame(one: Marker | undefined, other: Marker): boolean {
  return (
    one?.instanceId === other.instanceId &&
    one.processId === other.processId &&
    one.generation === other.generation
  );
}

/** The number the kernel gave last, to a process or a thread; -1 when it does not say. @source proc_loadavg(5) */
function newestPid(): number {
  const last = readSmallFile('/proc/loadavg')?.trim().split(' ').at(-1);
  return last === undefined ? -1 : Number(last);
}

function listPidsOrNone(): number[] {
  try {
    return listPids();
  } catch {
    return []; // said by the supervisor's start, which needs it
  }
}

function descriptorLimit(): number {
  const soft = /^Max open files\s+(\d+)/m.exec(readSmallFile('/proc/self/limits') ?? '')?.[1];
  return Number(soft ?? 1024);
}
