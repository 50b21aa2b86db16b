import { isDeepStrictEqual } from 'node:util';
import type {
  ActivitySample,
  LocalProcessSpec,
  ProcessIdentity,
  ProcessStreams,
  ProcessUsage,
  SpareSpec,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { type DreamnetError, step } from '@dreamnet/kit';
import type { Survivor } from './adoption/find-survivors.js';
import { supervisorError } from './errors.js';
import { LIFECYCLE } from './lifecycle.js';
import { ageMs } from './linux/process-identity.js';
import type { ProcessRecord } from './records/process-record.js';
import type { ExitDecision } from './restart-keeper.js';
import { adoptRun, failedStart, type Run, UNKNOWN_END } from './run.js';
import { SpareKeeper } from './spare/spare-keeper.js';
import type { StoredStop } from './stop/stop-log.js';
import { RestartFollower } from './unit/restart-follower.js';
import { Takeovers } from './unit/takeovers.js';
import { UnitExits } from './unit/unit-exits.js';
import { type RefusedStart, UnitStarts } from './unit/unit-starts.js';
import { UnitState } from './unit/unit-state.js';
import { UnitStop } from './unit/unit-stop.js';
import type { UnitSurroundings } from './unit-surroundings.js';

/** One supervised process through all its runs. Its phases are the table in lifecycle.ts. */
export class SupervisedUnit {
  readonly #state: UnitState;
  readonly #starts: UnitStarts;
  readonly #follower: RestartFollower;
  readonly #exits: UnitExits;
  readonly #stop: UnitStop;
  #heldAs: Pick<ProcessRecord, 'phase' | 'nextAttemptAt'> | null = null;
  readonly #spare: SpareKeeper;
  readonly #takeovers: Takeovers;

  constructor(spec: LocalProcessSpec, around: UnitSurroundings) {
    this.#state = new UnitState(spec, around);
    this.#starts = new UnitStarts(this.#state, {
      onExit: (run, end, isHeld) => this.#exits.onExit(run, end, isHeld),
      onFailed: (error) => this.#startFailed(error),
      onRefused: (refusal) => this.#startRefused(refusal),
      onRuns: (run) => this.#spare.runsNow(run),
    });
    this.#spare = new SpareKeeper(this.#state, (run, end, isHeld) => this.#exits.onExit(run, end, isHeld));
    this.#state.spare = this.#spare;
    this.#takeovers = new Takeovers(this.#state, this.#starts, {
      keeper: this.#spare,
      watch: (unwatch) => this.#exits.goOnWatching(unwatch),
    });
    const takeovers = this.#takeovers;
    this.#follower = new RestartFollower(this.#state, this.#starts, takeovers);
    this.#exits = new UnitExits(this.#state, this.#starts, { follower: this.#follower, takeovers });
    this.#stop = new UnitStop(this.#state, this.#starts, this.#exits);
  }

  get phase(): SupervisedPhase {
    return this.#state.phase;
  }

  /** Of the newest start that was asked for. */
  get generation(): number {
    return this.#state.generation;
  }

  /** Of the process that runs, by its own start: monotonic ms; null while none does. */
  get startedMs(): number | null {
    return this.#state.run?.startedMs ?? null;
  }

  get spec(): LocalProcessSpec {
    return this.#state.spec;
  }

  /** Whether its process is the one around a sandbox, and not the command. */
  get isSandboxed(): boolean {
    return this.#state.kit.current?.isolated?.isSandbox ?? false;
  }

  /** Settles with the stop under way; null when there is none. */
  get stopping(): Promise<void> | null {
    return this.#stop.underWay;
  }

  /** The process that runs now; null when none does. */
  get identity(): ProcessIdentity | null {
    return this.#state.run?.identity ?? null;
  }

  get view(): SupervisedProcess {
    return this.#state.view;
  }

  get streams(): ProcessStreams | undefined {
    return this.#state.streams;
  }

  get activity(): ActivitySample | undefined {
    return this.#state.activity;
  }

  get usage(): ProcessUsage | undefined {
    return this.#state.usage;
  }

  /** Of the spare's tree; undefined when none runs. */
  get spareUsage(): ProcessUsage | undefined {
    return this.#spare.usage;
  }

  /** Whether a spare is wanted, and one can be had of what it is. */
  get wantsSpare(): boolean {
    return this.#spare.isWanted;
  }

  /** Whether a spare is wanted from now on. Idempotent. */
  wantSpare(wanted: SpareSpec | null): void {
    this.#spare.want(wanted);
  }

  /** Ends the spare, and starts another one if everything is as it must be. */
  replaceSpare(): void {
    void this.#spare.end().then(() => this.#spare.mayStart());
  }

  /** Starts the spare if everything is as it must be. */
  spareMayStart(): void {
    this.#spare.mayStart();
  }

  /** Goes on with a spare that an earlier supervisor started. */
  adoptSpare(survivor: Survivor): void {
    this.skipGenerations(survivor.generation);
    this.#spare.adopt(survivor);
  }

  /** Takes over counters of an earlier supervisor. */
  restore(record: ProcessRecord): void {
    this.#state.restore(record);
  }

  /** Generations below this one belong to runs that are over. */
  skipGenerations(upTo: number): void {
    this.#state.generation = Math.max(this.#state.generation, upTo);
  }

  /**
   * Starts it with a clean history. Later starts are the restart policy's.
   *
   * @throws DN_SUPERVISOR_ALREADY_RUNS, DN_SUPERVISOR_SPAWN_FAILED, DN_SUPERVISOR_START_CANCELLED
   */
  launch(spec: LocalProcessSpec): Promise<SupervisedProcess> {
    const { id } = spec;
    const { phase } = this.#state;
    if (!step(LIFECYCLE, phase, 'launch').ok)
      return Promise.reject(supervisorError('DN_SUPERVISOR_ALREADY_RUNS', { id, phase }));
    void this.#spare.end();
    this.#state.spec = spec;
    this.#state.restart.reset(spec.restart);
    return this.#starts.enqueue('launch');
  }

  /** Goes on with a process that an earlier supervisor started. */
  adopt(survivor: Survivor): void {
    this.#adopt(survivor, { isTold: true });
  }

  /** Goes on with the stop of a process that an earlier supervisor started. @throws as `stop` */
  finishStop(survivor: Survivor, leftMs: number, begun: StoredStop): Promise<void> {
    // To whoever hears of a start it would be back.
    this.#adopt(survivor, { isTold: false });
    return this.#stop.stop(leftMs, begun);
  }

  #adopt({ identity, generation }: Survivor, how: { isTold: boolean }): void {
    const kit = this.#state.kit.renew(this.#state.spec);
    this.skipGenerations(generation);
    const run = adoptRun(identity, ageMs(identity.startTicks), this.#starts.circumstances(kit, generation));
    if (how.isTold) this.#spare.giveTurnAgain(run);
    this.#starts.nowRuns(run, 'adopt', how);
    this.#exits.watch(run);
  }

  /** Its process ended while nobody supervised: told as an exit, then the restart policy decides. */
  endedWhileAway(identity: ProcessIdentity, startedAt: number | null, reason?: string): void {
    this.#follower.follow(this.noteLostRun(identity, startedAt, reason), identity);
  }

  /** As `endedWhileAway`, without acting. `reason`: it ended through our end. @returns What the policy says. */
  noteLostRun(identity: ProcessIdentity, startedAt: number | null, reason?: string): ExitDecision {
    const { around, restart } = this.#state;
    const run = this.#lostRun(identity, startedAt);
    const seen = around.exits.find(identity) ?? UNKNOWN_END;
    const end = reason === undefined ? seen : { ...seen, reason };
    const decision = restart.afterLostRun(run, end, { isOurDoing: reason !== undefined });
    this.#exits.record(run, end);
    return decision;
  }

  /** Goes on waiting as the earlier supervisor did: for the next try of a backoff (now), or for the next trial. */
  resumeWaiting(phase: 'backoff' | 'broken', nextAttemptAt: number | null): void {
    this.#follower.resumeWaiting(phase, nextAttemptAt);
  }

  /** Somebody saw it serve: its next restart is at once. */
  markReady(): void {
    const { run, restart } = this.#state;
    if (!run) return;
    run.wasReady = true;
    restart.confirmHealthy();
    this.#state.save();
    this.#spare.servesNow(run);
  }

  /**
   * Ends the whole tree; a second call while it goes on may only shorten the deadline.
   *
   * @throws DN_SUPERVISOR_TREE_SURVIVES
   */
  stop(deadlineMs: number): Promise<void> {
    return this.#stop.stop(deadlineMs);
  }

  /** Its process ended under an earlier supervisor, which was told of it, and was not to be started again. */
  hadFinished(): void {
    this.#state.step('finish');
  }

  /** Its process ended, as an earlier supervisor had asked it to: told as an exit, and nothing follows. */
  noteStopped(identity: ProcessIdentity, startedAt: number | null, stopped: StoredStop): void {
    const { kit, around } = this.#state;
    const run = this.#lostRun(identity, startedAt);
    const end = around.exits.find(identity) ?? UNKNOWN_END;
    this.#stop.noteDone(stopped, { endedAt: end.at, record: () => this.#exits.record(run, end) });
    kit.close();
  }

  /** Ends the whole tree because its group asks for it, and has it wait for its turn. @throws as `stop` */
  async endWith(group: string): Promise<void> {
    const state = this.#state;
    state.endedWith = group;
    state.restart.closeCircuit();
    try {
      if (state.run || state.phase === 'starting' || state.phase === 'stopping')
        await this.#stop.stop(state.spec.stopDeadlineMs);
    } finally {
      state.endedWith = undefined;
    }
  }

  /**
   * What its next start follows; the process that runs keeps what it was started with. What it did as it was is not held against
   * what it is now.
   */
  renew(spec: LocalProcessSpec): void {
    if (isDeepStrictEqual(spec, this.#state.spec)) return;
    this.#state.spec = spec;
    this.#state.restart.reset(spec.restart);
  }

  /** Takes back its own next start if that has not begun, and has it wait until its group starts it. */
  holdBack(): void {
    const { phase } = this.#state;
    const waits = phase === 'backoff' || phase === 'broken';
    if (waits || (phase === 'starting' && this.#starts.takeBack())) this.hold();
  }

  /** Has it wait until its group starts it; nothing of it runs. */
  hold(): void {
    this.#heldAs = null;
    this.#state.timer.clear();
    this.#state.step('hold');
  }

  /** As `hold`. @param record What it waited for under the earlier supervisor, for `resumeHeld`. */
  holdAs(record: ProcessRecord): void {
    this.hold();
    this.#heldAs = record;
  }

  /** Its group has nothing to do with it after all: it goes on waiting for its own next try, or starts. */
  resumeHeld(): void {
    const held = this.#heldAs;
    if (this.#state.phase !== 'waiting') return;
    if (held?.phase === 'backoff' || held?.phase === 'broken')
      this.#follower.resumeWaiting(held.phase, held.nextAttemptAt);
    else this.startHeld();
  }

  /** Starts what was held. */
  startHeld(): void {
    if (this.#state.phase !== 'waiting') return;
    const takeover = this.#takeovers.begin();
    if (takeover) {
      this.#takeovers.finish(takeover, 'due', null);
      return;
    }
    this.#state.restarts += 1;
    void this.#starts.enqueue('due');
  }

  /** It does not start again. */
  finishHeld(): void {
    this.#takeovers.forgo();
    this.#state.step('finish');
  }

  /** Its group gave up. @param retryAt Epoch ms of the group's next try. */
  breakUntil(retryAt: number): void {
    this.#takeovers.forgo();
    this.#state.groupRetryAt = retryAt;
    this.#state.step('give_up');
  }

  /** Lets go without ending it, for the next supervisor to adopt. */
  release(): void {
    this.#state.isReleased = true;
    this.#starts.drop();
    this.#state.timer.clear();
    this.#exits.unwatch();
    this.#spare.release();
    this.#state.run?.process?.release();
    this.#state.run?.meter.end();
    this.#state.kit.release();
  }

  /** The run of a process that nobody supervised when it ended. */
  #lostRun(identity: ProcessIdentity, startedAt: number | null): Run {
    const { kit, spec } = this.#state;
    const start = this.#starts.circumstances(kit.renew(spec));
    const ranMs = startedAt === null ? 0 : Math.max(0, start.now - startedAt);
    return { ...adoptRun(identity, ranMs, start), isUnseen: true };
  }

  #startFailed(error: DreamnetError): void {
    const { around, restart, spec } = this.#state;
    const reason = around.redact(error.message);
    this.#state.lastExit = failedStart(reason, around.clock.now());
    around.publish('process.start-failed', spec.id, { reason, attempt: restart.attempt });
    this.#follower.follow(restart.afterFailedStart());
  }

  /** Nothing was started and nothing ended: no restart is counted, and who hears of it hears of each reason once. */
  #startRefused(refusal: RefusedStart): void {
    const { around, restart, spec } = this.#state;
    const reason = around.redact(refusal.reason);
    const { delayMs, isNews } = restart.afterRefusedStart(reason);
    this.#state.restarts = Math.max(0, this.#state.restarts - 1);
    if (isNews) {
      this.#state.lastExit = failedStart(reason, around.clock.now());
      around.publish('process.start-refused', spec.id, { reason, problems: refusal.problems });
    }
    this.#follower.waitAfterRefusal(delayMs);
  }
}
