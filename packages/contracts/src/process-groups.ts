/** Who restarts together when one member of a group ends abnormally; Erlang/OTP's names. */
export type RestartStrategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** Processes and groups that are started in order and restarted together. */
export interface ProcessGroupSpec {
  name: string;
  strategy: RestartStrategy;
  /** Ids of processes or names of groups, in start order; each belongs to one group at most. */
  members: readonly string[];
  /**
   * Members that are several processes, and which. Such a member has ended when none of them runs; one that ends alone is started
   * again alone, by its own policy. Default: each member that is no group is the process of that id.
   */
  replicas?: Readonly<Record<string, readonly string[]>>;
  /** More than this many restarts within `periodMs` and the group gives up: its parent decides, or its circuit opens. */
  intensity: number;
  periodMs: number;
  /** The first try after giving up is at once; the second after this, doubled each time it fails, to `retryMaxMs`. */
  retryAfterMs: number;
  retryMaxMs: number;
}

/**
 * Where a group stands. `restarting`: members end, or start in order. `ending`: it gave up, and what is left of it ends.
 * `broken`: it gave up, and waits for the next try.
 */
export type GroupPhase = 'running' | 'restarting' | 'ending' | 'broken';

/** What was decided last for a group, and why. */
export interface GroupDecisionView {
  /** Epoch ms. */
  at: number;
  /** The process that ended. */
  member: string;
  /** In words. */
  because: string;
  /** Processes that were started again, in this order. */
  restarted: readonly string[];
}

/** A group as the supervisor sees it. */
export interface SupervisedGroup {
  name: string;
  strategy: RestartStrategy;
  members: readonly string[];
  /** The group it belongs to; null for one that stands alone. */
  parent: string | null;
  /** `idle`: nothing of it runs or waits, because it was never started or somebody stopped it. */
  phase: GroupPhase | 'idle';
  intensity: number;
  periodMs: number;
  /** Restarts within the last period. */
  recentRestarts: number;
  /** `half_open`: a try after giving up that nobody has seen succeed yet. */
  circuit: 'closed' | 'open' | 'half_open';
  /** Epoch ms of the next try in `broken`. */
  retryAt: number | null;
  lastDecision: GroupDecisionView | null;
}
