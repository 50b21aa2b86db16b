import { sleep, waitLeftMs } from '@dreamnet/kit';
import type { GroupOperation } from '../records/group-record.js';
import type { GroupSurroundings } from './group-members.js';

/** Members of one group on their way: ended last to first, then started in order, each when its turn has come. */
export class GroupMove {
  readonly #around: GroupSurroundings;
  readonly #isResumed: boolean;
  readonly #stopped = new AbortController();
  readonly #hurried = new AbortController();
  #operation: GroupOperation;
  /** Monotonic ms. */
  readonly #begunMs: number;
  /** What follows the ends does not begin before; monotonic ms. */
  #dueMs: number;
  /** Who starts one after the other; of those who have left the group each starts when its own turn has come. */
  #order: readonly string[];
  /** Told when somebody's turn may have come. */
  #awaiting: (() => void)[] = [];
  #settle: () => void = () => undefined;
  /** Resolves when it was carried out, or stopped. */
  readonly settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  /** @param how `isResumed`: an earlier supervisor began it; then who has a later process than it had is done. */
  constructor(operation: GroupOperation, around: GroupSurroundings, { isResumed }: { isResumed: boolean }) {
    const { begunAt, notBefore } = operation;
    const now = around.clock.now();
    const nowMs = around.clock.monotonic();
    this.#operation = operation;
    // Its times may be of an earlier supervisor's clock; from here on it goes by one that nobody sets.
    this.#begunMs = nowMs - Math.max(0, now - begunAt);
    this.#dueMs = nowMs + waitLeftMs(notBefore, now, Math.max(0, notBefore - begunAt));
    this.#order = operation.members;
    this.#around = around;
    this.#isResumed = isResumed;
  }

  get operation(): GroupOperation {
    return this.#operation;
  }

  /** How long what follows the ends is put off yet, ms; 0 when it is due. */
  get putOffMs(): number {
    return Math.max(0, this.#dueMs - this.#around.clock.monotonic());
  }

  /** How long ago it was begun, also by an earlier supervisor; ms. */
  get tookMs(): number {
    return this.#around.clock.monotonic() - this.#begunMs;
  }

  /** Is it to be ended or started still? */
  expects(id: string): boolean {
    return this.#operation.pending.includes(id);
  }

  /** Somebody else decided about it. */
  release(id: string): void {
    const pending = this.#operation.pending.filter((one) => one !== id);
    this.#operation = { ...this.#operation, pending };
    this.#wake();
  }

  /**
   * The group is another one meanwhile; whoever is on its way stays so.
   *
   * @param order The processes of the group as it is now, in start order.
   */
  follow(order: readonly string[]): void {
    this.#order = order;
    const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
    const pending = this.#operation.pending.toSorted((one, other) => place(one) - place(other));
    this.#operation = { ...this.#operation, pending };
    this.#wake();
  }

  /** What follows when all have ended is not put off. */
  hurry(): void {
    const notBefore = Math.min(this.#operation.notBefore, this.#around.clock.now());
    this.#operation = { ...this.#operation, notBefore };
    this.#dueMs = Math.min(this.#dueMs, this.#around.clock.monotonic());
    this.#hurried.abort();
  }

  stop(): void {
    this.#stopped.abort();
    this.#wake();
    this.#settle();
  }

  /**
   * Carries it out; a second move takes over what this one has not done.
   *
   * @param save Called after each step.
   * @returns false when it was stopped.
   */
  async run(save: () => void): Promise<boolean> {
    const isDone = await this.#carryOut(save);
    this.#settle();
    return isDone;
  }

  async #carryOut(save: () => void): Promise<boolean> {
    if (this.#isStopped) return false;
    this.#identify();
    // Before the first is ended, which may take long: a replica that waits for its own restart would start meanwhile.
    for (const id of this.#operation.pending) this.#around.member(id)?.holdBack();
    save();
    await this.#around.saved();
    for (const id of this.#operation.pending.toReversed()) {
      if (this.#isStopped) return false;
      await this.#end(id);
    }
    if (this.#isStopped) return false;
    save();
    if (this.#operation.aim === 'break') return true;
    // On disk before the first start: else the next supervisor would take what has just been started for what is being ended.
    await this.#around.saved();
    return this.#start(save);
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Which processes are meant to end; told before it begins. */
  #identify(): void {
    const { pending, member, group, members } = this.#operation;
    const { publish, member: find } = this.#around;
    if (this.#isResumed) {
      for (const id of pending) if (this.#isDone(id)) this.release(id);
      return;
    }
    const was = Object.fromEntries(pending.map((id) => [id, find(id)?.generation ?? 0]));
    this.#operation = { ...this.#operation, was };
    const ends = pending.filter((id) => (find(id)?.identity ?? null) !== null).reverse();
    const starts = this.#operation.aim === 'break' ? [] : members;
    publish('group.restart-begun', group, { member, group, ends, starts });
  }

  /** Started before the earlier supervisor was gone: not what was to end, nor a start that was under way then. */
  #isDone(id: string): boolean {
    const member = this.#around.member(id);
    const was = this.#operation.was[id];
    // A record of an older version names the process, not the start.
    if (!member || typeof was !== 'number') return false;
    if (member.identity !== null && member.generation > was) return true;
    member.skipGenerations(was);
    return false;
  }

  async #end(id: string): Promise<void> {
    const member = this.#around.member(id);
    if (!member || !this.expects(id)) return;
    if (member.phase === 'idle' && !this.#isResumed) return this.release(id);
    // What will not die is not started again; its own view says that it is still stopping.
    await member.endWith(this.#operation.group).catch(() => this.release(id));
    if (!this.#isStopped && this.expects(id)) member.hold();
  }

  async #start(save: () => void): Promise<boolean> {
    const { clock } = this.#around;
    const hurried = this.#hurried.signal;
    const signal = AbortSignal.any([this.#stopped.signal, hurried]);
    for (;;) {
      const leftMs = this.putOffMs;
      if (leftMs <= 0 || this.#isStopped || hurried.aborted) break;
      await sleep(clock, leftMs, signal);
    }
    const { pending } = this.#operation;
    await Promise.all(pending.map((id) => this.#startInTurn(id, save)));
    return !this.#isStopped;
  }

  async #startInTurn(id: string, save: () => void): Promise<void> {
    while (!this.#isStopped && this.expects(id) && !this.#isNext(id))
      await new Promise<void>((resolve) => this.#awaiting.push(resolve));
    if (this.#isStopped || !this.expects(id)) return;
    const isWanted = await this.#around.mayStart(id, this.#stopped.signal);
    if (this.#isStopped) return;
    if (this.expects(id) && isWanted) this.#around.member(id)?.startHeld();
    this.release(id);
    save();
  }

  /** Whoever was before it in the group has been started, or it has left the group. */
  #isNext(id: string): boolean {
    if (!this.#order.includes(id)) return true;
    return this.#operation.pending.find((one) => this.#order.includes(one)) === id;
  }

  #wake(): void {
    for (const wake of this.#awaiting.splice(0)) wake();
  }
}
