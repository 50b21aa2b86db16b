import type { GroupDecisionView, GroupPhase, ProcessGroupSpec } from '@dreamnet/contracts';
import { step, waitLeftMs } from '@dreamnet/kit';
import { AttemptTimer } from '../attempt-timer.js';
import type { GroupOperation, GroupRecord } from '../records/group-record.js';
import type { ExitDecision } from '../restart-keeper.js';
import { decideForGroup, type GroupVerdict, longestPauseMs } from './group-decision.js';
import { type GroupForest, isReplicaGone } from './group-forest.js';
import { GROUP_LIFECYCLE, type GroupEvent } from './group-lifecycle.js';
import type { GroupSurroundings } from './group-members.js';
import { GroupMove } from './group-move.js';
import {
  beginGroupTrial,
  type GroupHistory,
  judgeTrial,
  type MemberExit,
  NO_GROUP_HISTORY,
  settledAfterMs,
  type TrialEvent,
} from './group-trial.js';
import { SettlingRuns } from './settling-runs.js';
import { loadGroupHistory, storeGroupHistory } from './stored-groups.js';

/** One outermost group with everything in it: what its past is, and which members are on their way. */
export class GroupKeeper {
  #spec: ProcessGroupSpec;
  #forest: GroupForest;
  readonly #around: GroupSurroundings;
  readonly #retry: AttemptTimer;
  #history: GroupHistory = NO_GROUP_HISTORY;
  #phase: GroupPhase = 'running';
  #move: GroupMove | null = null;
  readonly #settling: SettlingRuns;
  /** Nobody is decided about here any more; what was begun is finished. */
  #isLeaving = false;
  #lastDecision: GroupDecisionView | null = null;

  constructor(spec: ProcessGroupSpec, forest: GroupForest, around: GroupSurroundings) {
    this.#spec = spec;
    this.#forest = forest;
    this.#around = around;
    this.#retry = new AttemptTimer(around.clock);
    this.#settling = new SettlingRuns(around.clock);
  }

  get phase(): GroupPhase {
    return this.#phase;
  }

  get history(): GroupHistory {
    return this.#history;
  }

  get retryAt(): number | null {
    return this.#retry.dueAt;
  }

  get lastDecision(): GroupDecisionView | null {
    return this.#lastDecision;
  }

  /** The members that are on their way, and since when; null while nobody is. */
  get operation(): GroupOperation | null {
    return this.#move?.operation ?? null;
  }

  /** Is a member on its way, or does it wait with the group for the next try? */
  moves(id: string): boolean {
    return this.#move?.expects(id) === true || this.#phase === 'broken';
  }

  /** Its group is none that stands alone any more, and nobody is on its way by it: of no more use. */
  get isGone(): boolean {
    return this.#isLeaving && this.#move === null && this.#phase === 'running';
  }

  /**
   * The groups are others. Who is on its way stays so: what was begun is finished, in the order there is now, also when the group
   * itself is gone. What it has counted goes on to count, unless it had given up: then it is tried at once and with a clean past.
   *
   * @param how `isSame`: nothing changed but the replicas.
   */
  use(forest: GroupForest, { isSame }: { isSame: boolean }): void {
    const { name } = this.#spec;
    const before = this.#forest;
    this.#forest = forest;
    this.#spec = forest.groups.get(name) ?? this.#spec;
    this.#isLeaving = forest.rootOf(name)?.name !== name;
    for (const id of this.#move?.operation.pending ?? [])
      if (isReplicaGone(id, { before, now: forest })) this.#move?.release(id);
    this.#move?.follow(forest.leavesOf(name));
    if (!isSame) this.#tryAnew(before.leavesOf(name));
    this.#watchTrial();
    if (this.#move) this.#save();
  }

  /** A member has become another: what was counted before it did does not count, and no start is put off. */
  startAnew(): void {
    this.#history = NO_GROUP_HISTORY;
    this.#move?.hurry();
    this.#tryAnew(this.#leaves);
    this.#save();
  }

  /** Another group moves it now. */
  yield(id: string): void {
    if (!this.#move?.expects(id)) return;
    this.#move.release(id);
    this.#save();
  }

  /** Does another process of the same member run, and nobody moves it? Then the end of this one is its own affair. */
  isReplaced(id: string): boolean {
    if (this.moves(id) || this.#phase === 'ending') return false;
    const others = this.#forest.leavesOf(this.#forest.memberOf(id)).filter((one) => one !== id);
    return others.some((one) => !this.moves(one) && this.#around.member(one)?.phase === 'running');
  }

  /**
   * What follows the end of a member; counts it.
   *
   * @param delayMs What its own backoff asks for.
   */
  decide(exit: MemberExit, delayMs: number): ExitDecision {
    // It ended before its turn to be ended came.
    if (this.#move?.expects(exit.id) || this.#phase === 'ending') return { do: 'hold' };
    const typeOf = (id: string) => this.#around.member(id)?.type ?? 'permanent';
    const { history, verdict } = decideForGroup(
      { forest: this.#forest, history: this.#history },
      exit,
      typeOf,
    );
    const before = this.#history;
    this.#history = history;
    this.#noteClosed(before, exit.id);
    if (verdict.do === 'finish') return this.#saved({ do: 'finish' });
    if (verdict.do === 'give_up') return this.#giveUp(exit.id, verdict);
    const { restart, group } = verdict;
    this.#note(exit.id, group, restart);
    if (restart.length === 1 && restart[0] === exit.id) return this.#saved({ do: 'restart', delayMs });
    this.#begin('restart', { member: exit.id, group, aim: 'start', members: restart, delayMs });
    return { do: 'hold' };
  }

  /** Somebody wants what runs of a group within to end and start again. @returns See `Groups.restart`. */
  async restart(name: string): Promise<boolean> {
    const members = this.#forest.leavesOf(name);
    if (this.#phase !== 'ending' && this.#phase !== 'broken') {
      const member = members[0] ?? name;
      this.#lastDecision = {
        ...{ at: this.#around.clock.now(), member, restarted: members },
        because: `a restart of '${name}' was asked for`,
      };
      this.#begin('restart', { member, group: name, aim: 'start', members, delayMs: 0 });
    } else if (this.#phase === 'ending') this.#move?.hurry();
    else this.#try(this.#leaves);
    // One that ends meanwhile may begin it anew.
    while (this.#move) await this.#move.settled;
    return true;
  }

  /**
   * A process of a member runs. In a try it has succeeded when it has run long enough, whenever it began: the last to be started, or
   * one that its own policy started again, begins after the group has done its part.
   */
  noteRun(id: string): void {
    if (this.#history.circuit !== 'half_open') return;
    const { identity = null, resetAfterMs = 0, ranMs = 0 } = this.#around.member(id) ?? {};
    if (identity === null) return;
    const leftMs = settledAfterMs(this.#spec, resetAfterMs) - ranMs;
    this.#settling.wait({ id, identity, leftMs }, () => {
      if (this.#around.member(id)?.identity === identity) this.#tell(id, 'settled');
    });
  }

  /** Somebody stops or starts a member: it is not ours to move any more, and a try may be over by that. */
  release(id: string, isStart: boolean): void {
    this.#move?.release(id);
    this.#tell(id, isStart ? 'started_by_person' : 'stopped_by_person');
    const others = this.#leaves.filter((one) => one !== id);
    const isWaiting = others.some((one) => this.#around.member(one)?.phase === 'broken');
    if (this.#phase === 'broken' && !isWaiting) this.#endWait();
    this.#save();
  }

  /** Goes on where an earlier supervisor stopped; its members have been adopted. */
  resume(record: GroupRecord): void {
    this.#history = loadGroupHistory(this.#forest, record.history, this.#around.clock);
    this.#lastDecision = record.lastDecision;
    if (record.operation) {
      const pending = record.operation.pending.filter((id) => this.#leaves.includes(id));
      this.#phase = record.operation.aim === 'break' ? 'ending' : 'restarting';
      // At once, so that nobody else takes them for stopped and starts them.
      for (const id of pending)
        if (this.#around.member(id)?.phase === 'idle') this.#around.member(id)?.hold();
      this.#go(new GroupMove({ ...record.operation, pending }, this.#around, { isResumed: true }));
    } else if (record.phase === 'broken') {
      this.#phase = 'broken';
      const longestMs = longestPauseMs(this.#spec, this.#history);
      this.#wait(waitLeftMs(record.retryAt ?? 0, this.#around.clock.now(), longestMs));
    } else this.#watchTrial();
  }

  /** Moves nobody any more. */
  stop(): void {
    this.#settling.stop();
    this.#retry.clear();
    this.#move?.stop();
    this.#move = null;
  }

  /** Its past is of no more use to anybody. */
  forget(): void {
    this.#around.save(this.#spec.name, () => null);
  }

  #giveUp(member: string, verdict: GroupVerdict & { do: 'give_up' }): ExitDecision {
    const { restarts, failedTrials, retryAfterMs } = verdict;
    const { clock, publish } = this.#around;
    const { name, periodMs } = this.#spec;
    const members = this.#forest.leavesOf(name);
    this.#note(member, name, []);
    this.#begin('give_up', { member, group: name, aim: 'break', members, delayMs: retryAfterMs });
    // A moment later, when the exit itself has been told.
    queueMicrotask(() =>
      publish('group.gave-up', name, {
        ...{ member, restarts, failedTrials, periodMs, retryAt: Math.round(clock.now() + retryAfterMs) },
        lastExit: this.#around.member(member)?.lastExit ?? null,
      }),
    );
    return { do: 'hold' };
  }

  #note(member: string, group: string, restarted: readonly string[]): void {
    const strategy = this.#forest.groups.get(group)?.strategy ?? 'one_for_one';
    const { failedTrials } = this.#history;
    const failure =
      failedTrials === 0
        ? `once too often within ${this.#spec.periodMs / 1000} s`
        : `in try ${failedTrials} after giving up`;
    const because =
      restarted.length === 0
        ? `'${member}' ended ${failure}`
        : `'${member}' ended; ${strategy} of '${group}'`;
    this.#lastDecision = { at: this.#around.clock.now(), member, because, restarted };
  }

  #begin(
    event: GroupEvent,
    what: Pick<GroupOperation, 'member' | 'group' | 'aim' | 'members'> & { delayMs: number },
  ): void {
    const { delayMs, ...wanted } = what;
    const begunAt = this.#around.clock.now();
    const before = this.#move?.operation.pending ?? [];
    this.#move?.stop();
    const mine = new Set([...wanted.members, ...before]);
    // Also who has left the group while it was on its way.
    const all = new Set([...this.#leaves.filter((id) => mine.has(id)), ...mine]);
    const members = [...all].filter((id) => this.#isOurs(id, before));
    this.#retry.clear();
    this.#step(event);
    this.#around.claim(members, this.#spec.name);
    const notBefore = begunAt + delayMs;
    const operation = { ...wanted, begunAt, members, pending: members, was: {}, notBefore };
    const move = new GroupMove(operation, this.#around, { isResumed: false });
    move.follow(this.#leaves);
    this.#go(move);
  }

  get #leaves(): readonly string[] {
    return this.#forest.leavesOf(this.#spec.name);
  }

  /** Whoever was stopped by somebody, or never launched, stays so. */
  #isOurs(id: string, onTheirWay: readonly string[]): boolean {
    const phase = this.#around.member(id)?.phase ?? 'idle';
    return onTheirWay.includes(id) || (phase !== 'idle' && phase !== 'stopping');
  }

  #go(move: GroupMove): void {
    this.#move = move;
    const save = () => this.#save();
    // A moment later: the end that led here is still being taken in.
    queueMicrotask(() => void move.run(save).then((isDone) => isDone && this.#moved(move)));
  }

  #moved(move: GroupMove): void {
    if (this.#move !== move) return;
    const { operation } = move;
    this.#move = null;
    if (operation.aim === 'break') {
      this.#step('ended');
      this.#wait(move.putOffMs, operation.members);
      return;
    }
    this.#step('started');
    this.#around.publish('group.restarted', this.#spec.name, {
      ...{ member: operation.member, starts: operation.members },
      tookMs: Math.round(move.tookMs),
    });
    if (this.#isLeaving) {
      this.stop();
      this.forget();
      return;
    }
    // Whoever an earlier supervisor started in this try.
    this.#watchTrial();
    this.#save();
  }

  /** It is another group than the one that failed. @param members Of the group as it was. */
  #tryAnew(members: readonly string[]): void {
    if (this.#history.circuit !== 'closed') this.#history = NO_GROUP_HISTORY;
    if (this.#phase === 'ending') this.#move?.hurry();
    else if (this.#phase === 'broken') this.#try(members);
  }

  /** Everything has ended: the next try now or later. */
  #wait(delayMs: number, members: readonly string[] = this.#leaves): void {
    if (delayMs <= 0) {
      this.#try(members);
      return;
    }
    this.#retry.set(delayMs, () => this.#try(members));
    const retryAt = this.#retry.dueAt ?? this.#around.clock.now();
    for (const id of members) this.#around.member(id)?.breakUntil(retryAt);
    this.#save();
  }

  /** Nobody waits for the next try any more: somebody started or stopped each of them. */
  #endWait(): void {
    this.#retry.clear();
    this.#step('retry');
    this.#step('started');
  }

  #try(members: readonly string[]): void {
    const held = members.filter((id) => {
      const phase = this.#around.member(id)?.phase;
      return phase === 'waiting' || phase === 'broken';
    });
    for (const id of held) this.#around.member(id)?.hold();
    const member = this.#history.culprit ?? held[0] ?? this.#spec.name;
    if (this.#history.circuit !== 'closed') this.#history = beginGroupTrial(this.#history);
    this.#begin('retry', { member, group: this.#spec.name, aim: 'start', members: held, delayMs: 0 });
  }

  /** Those of a try who run already; should the culprit have been stopped by somebody, there is nothing left to try. */
  #watchTrial(): void {
    const { circuit, culprit } = this.#history;
    if (circuit !== 'half_open') return;
    const phase = culprit === null ? undefined : this.#around.member(culprit)?.phase;
    if (culprit !== null && this.#leaves.includes(culprit) && (phase ?? 'idle') === 'idle')
      this.#tell(culprit, 'stopped_by_person');
    for (const id of this.#leaves) this.noteRun(id);
  }

  /** What happened to a member by which a try may be over. */
  #tell(id: string, event: TrialEvent): void {
    const before = this.#history;
    this.#history = judgeTrial({ forest: this.#forest, history: before }, id, event).history;
    if (this.#history === before) return;
    if (event === 'settled') this.#noteClosed(before, id);
    else if (event === 'stopped_by_person') {
      const because = `'${id}' was stopped: the group is not on trial any more`;
      this.#lastDecision = { at: this.#around.clock.now(), member: id, because, restarted: [] };
    }
    this.#save();
  }

  /** A try has succeeded. */
  #noteClosed({ circuit, failedTrials }: GroupHistory, member: string): void {
    if (circuit === 'closed' || this.#history.circuit !== 'closed') return;
    this.#around.publish('group.recovered', this.#spec.name, { member, failedTrials });
  }

  #step(event: GroupEvent): void {
    const outcome = step(GROUP_LIFECYCLE, this.#phase, event);
    if (outcome.ok) this.#phase = outcome.to;
  }

  #saved(decision: ExitDecision): ExitDecision {
    this.#save();
    return decision;
  }

  #save(): void {
    this.#around.save(this.#spec.name, () => ({
      name: this.#spec.name,
      phase: this.#phase,
      operation: this.operation,
      retryAt: this.retryAt,
      lastDecision: this.#lastDecision,
      history: storeGroupHistory(this.#history, this.#around.clock),
    }));
  }
}
