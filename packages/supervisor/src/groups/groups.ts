import { isDeepStrictEqual } from 'node:util';
import type { ProcessGroupSpec, StoredRecord, SupervisedGroup } from '@dreamnet/contracts';
import { type GroupRecord, readGroupRecord } from '../records/group-record.js';
import type { MemberOfGroup } from '../restart-keeper.js';
import { isBroughtBack } from '../restart-policy/restart-group.js';
import { createGroupForest, type GroupForest } from './group-forest.js';
import { GroupKeeper } from './group-keeper.js';
import type { GroupSurroundings, MayStart } from './group-members.js';
import type { MemberExit } from './group-trial.js';

/** The groups of one supervisor. */
export class Groups {
  readonly #around: GroupSurroundings;
  #mayStart: MayStart = async () => true;
  #forest: GroupForest = createGroupForest([]);
  /** Of each outermost group, and of those that were one and have not finished what they began. */
  readonly #keepers = new Map<string, GroupKeeper>();
  #records: GroupRecord[] = [];
  #late: MemberExit[] = [];
  #isAdopting = false;

  constructor(around: Omit<GroupSurroundings, 'mayStart' | 'claim'>) {
    this.#around = {
      ...around,
      mayStart: (id, signal) => this.#mayStart(id, signal),
      claim: (ids, by) => {
        for (const [name, keeper] of this.#keepers) if (name !== by) for (const id of ids) keeper.yield(id);
      },
    };
  }

  /**
   * Takes over which groups there are. Who is being ended and started with its group goes on to be, whatever has changed; after that
   * its new group decides about it, or it is on its own.
   */
  set(specs: readonly ProcessGroupSpec[], mayStart?: MayStart): void {
    if (mayStart) this.#mayStart = mayStart;
    const before = this.#forest;
    const forest = createGroupForest(specs);
    const isRoot = (name: string) => forest.rootOf(name)?.name === name;
    this.#forest = forest;
    for (const [name, keeper] of this.#keepers) {
      if (!keeper.isGone) keeper.use(forest, { isSame: isRoot(name) && isSameTree(before, forest, name) });
      if (!keeper.isGone) continue;
      this.#keepers.delete(name);
      keeper.stop();
      keeper.forget();
    }
    for (const spec of specs)
      if (isRoot(spec.name) && !this.#keepers.has(spec.name))
        this.#keepers.set(spec.name, new GroupKeeper(spec, forest, this.#around));
  }

  /** What decides for a member; undefined when it is in no group. */
  of(id: string): MemberOfGroup | undefined {
    const keeper = this.#keeperOf(id);
    if (!keeper) return undefined;
    return {
      decide: (run, delayMs) => {
        if (!this.#isAdopting) return keeper.decide({ ...run, id }, delayMs);
        this.#late.push({ ...run, id });
        return { do: 'hold' };
      },
      noteRun: () => keeper.noteRun(id),
      // While processes are adopted nobody knows who runs.
      isReplaced: () => !this.#isAdopting && keeper.isReplaced(id),
    };
  }

  /** Somebody stops a member, or starts it. */
  release(id: string, { isStart }: { isStart: boolean }): void {
    const keeper = this.#keeperOf(id);
    keeper?.release(id, isStart);
    const own = this.#ownKeeperOf(id);
    if (own !== keeper) own?.release(id, isStart);
  }

  /**
   * Ends what runs of a group, last to first, and starts it again in order.
   *
   * @returns Resolves when that is done, or when somebody else decided about it meanwhile; false when there is no such group.
   */
  restart(name: string): Promise<boolean> {
    return this.#ownKeeperOf(name)?.restart(name) ?? Promise.resolve(false);
  }

  /** Members have become others: see `GroupKeeper.startAnew`. */
  startAnew(ids: readonly string[]): void {
    for (const keeper of new Set(ids.flatMap((id) => this.#keeperOf(id) ?? []))) keeper.startAnew();
  }

  /** Is a member still to be started, by a restart under way or by the next try? */
  willStart(id: string): boolean {
    const keeper = this.#keeperOf(id);
    if (keeper?.operation?.pending.includes(id)) return true;
    return keeper?.phase === 'broken' && this.#around.member(id)?.phase === 'broken';
  }

  /** What an earlier supervisor left. */
  load(stored: readonly StoredRecord[]): void {
    this.#records = stored.flatMap((one) => readGroupRecord(one) ?? []);
  }

  /**
   * While processes are adopted nothing is decided, because not everybody is there yet; then what an earlier supervisor began is
   * finished, and what ended while nobody supervised is judged.
   */
  async whileAdopting<T>(adopt: () => Promise<T>): Promise<T> {
    this.#isAdopting = true;
    try {
      return await adopt();
    } finally {
      this.#isAdopting = false;
      this.#resume();
    }
  }

  list(): SupervisedGroup[] {
    return [...this.#forest.groups.values()].map((spec) => this.#view(spec));
  }

  /** @param isOver Everything has been ended on purpose: nothing is left to go on with. */
  stop({ isOver }: { isOver: boolean }): void {
    for (const keeper of this.#keepers.values()) {
      keeper.stop();
      if (isOver) keeper.forget();
    }
  }

  #resume(): void {
    for (const record of this.#records.splice(0)) {
      const keeper = this.#keepers.get(record.name);
      if (keeper) keeper.resume(record);
      else this.#around.save(record.name, () => null);
    }
    for (const exit of this.#late.splice(0)) this.#judgeLate(exit);
    // Held by an earlier supervisor for a reason that is not known any more.
    for (const [root, keeper] of this.#keepers)
      for (const id of this.#forest.leavesOf(root))
        if (!keeper.moves(id)) this.#around.member(id)?.resumeHeld();
  }

  #judgeLate(exit: MemberExit): void {
    const keeper = this.#keeperOf(exit.id);
    if (!keeper || keeper.moves(exit.id)) return;
    const member = this.#around.member(exit.id);
    if (keeper.isReplaced(exit.id)) {
      if (isBroughtBack(member?.type ?? 'permanent', exit.exit)) member?.startHeld();
      else member?.finishHeld();
      return;
    }
    const decision = keeper.decide(exit, 0);
    if (decision.do === 'restart') member?.startHeld();
    else if (decision.do === 'finish') member?.finishHeld();
  }

  /** The one by which it is on its way, else its own. */
  #keeperOf(id: string): GroupKeeper | undefined {
    for (const keeper of this.#keepers.values()) if (keeper.operation?.pending.includes(id)) return keeper;
    return this.#ownKeeperOf(id);
  }

  #ownKeeperOf(id: string): GroupKeeper | undefined {
    const root = this.#forest.rootOf(id);
    return root && this.#keepers.get(root.name);
  }

  #view({ name, strategy, members, intensity, periodMs }: ProcessGroupSpec): SupervisedGroup {
    const keeper = this.#ownKeeperOf(name);
    const nowMs = this.#around.clock.monotonic();
    const restarts = keeper?.history.groups.get(name)?.restartsAtMs ?? [];
    return {
      ...{ name, strategy, members, intensity, periodMs },
      parent: this.#forest.parentOf(name)?.name ?? null,
      phase: this.#phaseOf(name, keeper),
      recentRestarts: restarts.filter((atMs) => nowMs <= atMs + periodMs).length,
      circuit: keeper?.history.circuit ?? 'closed',
      retryAt: keeper?.retryAt ?? null,
      lastDecision: keeper?.lastDecision ?? null,
    };
  }

  /** A group within another is restarting only when members of its own are on their way. */
  #phaseOf(name: string, keeper: GroupKeeper | undefined): SupervisedGroup['phase'] {
    const leaves = this.#forest.leavesOf(name);
    const phases = leaves.map((id) => this.#around.member(id)?.phase ?? 'idle');
    if (!keeper || phases.every((phase) => phase === 'idle')) return 'idle';
    const { phase, operation } = keeper;
    if (phase !== 'restarting' || !operation) return phase;
    return operation.members.some((id) => leaves.includes(id)) ? phase : 'running';
  }
}

/** They come and go while a group stays the same one. */
function withoutReplicas(spec: ProcessGroupSpec | undefined): Omit<ProcessGroupSpec, 'replicas'> | undefined {
  if (!spec) return undefined;
  const { replicas: _, ...rest } = spec;
  return rest;
}

function isSameTree(before: GroupForest, after: GroupForest, name: string): boolean {
  const spec = after.groups.get(name);
  if (!isDeepStrictEqual(withoutReplicas(before.groups.get(name)), withoutReplicas(spec))) return false;
  return spec === undefined || spec.members.every((member) => isSameTree(before, after, member));
}
