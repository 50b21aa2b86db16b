import type { ChildProcess } from 'node:child_process';
import type {
  ActivitySample,
  ExitRecord,
  LocalProcessSpec,
  ProcessIdentity,
  ProcessStreams,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { DreamnetError, step } from '@dreamnet/kit';
import type { Survivor } from './adoption/find-survivors.js';
import { AttemptTimer } from './attempt-timer.js';
import { supervisorError } from './errors.js';
import { holdOpen } from './hold-open.js';
import { type LaunchKit, LaunchKitSlot } from './launch-kit.js';
import { LIFECYCLE, type LifecycleEvent } from './lifecycle.js';
import { ageMs, sendSignal } from './linux/process-identity.js';
import type { ProcessRecord } from './records/process-record.js';
import { RestartKeeper } from './restart-keeper.js';
import type { RestartDecision } from './restart-policy/restart-decision.js';
import type { Run, RunEnd, RunStart } from './run.js';
import { adoptRun, beginRun, exitRecord, failedStart, runStart, UNKNOWN_END } from './run.js';
import { spawnError, spawnPlanned } from './spawn/spawn-plan.js';
import type { QueuedStart } from './spawn/start-queue.js';
import type { ProcessLook } from './tree/process-look.js';
import { endStraysOf, endUnitTree, STRAYS_AFTER_MS } from './tree/unit-tree.js';
import type { UnitSurroundings } from './unit-surroundings.js';

interface PendingLaunch {
  resolve(process: SupervisedProcess): void;
  reject(error: DreamnetError): void;
}

/** One supervised process through all its runs. Its phases are the table in lifecycle.ts. */
export class SupervisedUnit {
  readonly #around: UnitSurroundings;
  readonly #timer: AttemptTimer;
  readonly #kit: LaunchKitSlot;
  readonly #restart: RestartKeeper;
  #spec: LocalProcessSpec;
  #phase: SupervisedPhase = 'idle';
  #run: Run | null = null;
  #generation = 0;
  #errStart = 0;
  #restarts = 0;
  #lastExit: ExitRecord | null = null;
  #queued: QueuedStart | null = null;
  #launch: PendingLaunch | null = null;
  #stopping: Promise<void> | null = null;
  #stopUntilMs = 0;
  #unwatch: (() => void) | null = null;
  #isReleased = false;

  constructor(spec: LocalProcessSpec, around: UnitSurroundings) {
    this.#spec = spec;
    this.#around = around;
    this.#restart = new RestartKeeper(spec.restart, around);
    this.#timer = new AttemptTimer(around.clock);
    this.#kit = new LaunchKitSlot(around.prepare);
  }

  get phase(): SupervisedPhase {
    return this.#phase;
  }

  get spec(): LocalProcessSpec {
    return this.#spec;
  }

  /** Settles with the stop under way; null when there is none. */
  get stopping(): Promise<void> | null {
    return this.#stopping;
  }

  get view(): SupervisedProcess {
    const { watcher } = this.#around;
    const isAdopted = this.#run !== null && this.#run.child === null;
    const late = isAdopted && watcher.problem !== undefined ? [watcher.problem] : [];
    return {
      id: this.#spec.id,
      phase: this.#phase,
      identity: this.#run?.identity ?? null,
      startedAt: this.#run?.startedAt ?? null,
      restarts: this.#restarts,
      isAdopted,
      lastExit: this.#lastExit,
      nextAttemptAt: this.#timer.dueAt,
      notEnforced: [...this.#kit.notEnforced, ...late],
    };
  }

  get streams(): ProcessStreams | undefined {
    const { stdin, stdout } = this.#run?.child ?? {};
    return stdin && stdout ? { stdin, stdout } : undefined;
  }

  get activity(): ActivitySample | undefined {
    return this.#run?.meter.sample(this.#around.table);
  }

  get residentBytes(): number | undefined {
    if (!this.#run) return undefined;
    this.#run.meter.sample(this.#around.table);
    return this.#run.meter.residentBytes;
  }

  /** Takes over counters of an earlier supervisor. */
  restore(record: ProcessRecord): void {
    this.#generation = record.generation;
    this.#restarts = record.restarts;
    this.#lastExit = record.lastExit;
    this.#restart.restore(record.history);
  }

  /** Generations below this one belong to runs that are over. */
  skipGenerations(upTo: number): void {
    this.#generation = Math.max(this.#generation, upTo);
  }

  /**
   * Starts it with a clean history. Later starts are the restart policy's.
   *
   * @throws DN_SUPERVISOR_ALREADY_RUNS, DN_SUPERVISOR_SPAWN_FAILED, DN_SUPERVISOR_START_CANCELLED
   */
  launch(spec: LocalProcessSpec): Promise<SupervisedProcess> {
    const { id } = spec;
    if (!step(LIFECYCLE, this.#phase, 'launch').ok)
      return Promise.reject(supervisorError('DN_SUPERVISOR_ALREADY_RUNS', { id, phase: this.#phase }));
    this.#spec = spec;
    this.#restart.reset(spec.restart);
    return this.#startQueued('launch');
  }

  /** Goes on with a process that an earlier supervisor started. */
  adopt({ identity, generation }: Survivor): void {
    const kit = this.#kit.renew(this.#spec);
    this.skipGenerations(generation);
    const run = adoptRun(identity, ageMs(identity.startTicks), this.#runStart(kit, generation));
    this.#nowRuns(run, 'adopt');
    this.#unwatch = this.#around.watcher.watch(run.identity, (end) => this.#onExit(run, end));
  }

  /** Its process ended while nobody supervised: told as an exit, then the restart policy decides. */
  endedWhileAway(identity: ProcessIdentity, startedAt: number | null, reason?: string): void {
    this.#follow(this.noteLostRun(identity, startedAt, reason));
  }

  /** As `endedWhileAway`, without acting. `reason`: it ended through our end. @returns What the policy says. */
  noteLostRun(identity: ProcessIdentity, startedAt: number | null, reason?: string): RestartDecision {
    const start = this.#runStart(this.#kit.renew(this.#spec));
    const run = adoptRun(identity, startedAt === null ? 0 : Math.max(0, start.now - startedAt), start);
    const seen = this.#around.exits.find(identity) ?? UNKNOWN_END;
    const end = reason === undefined ? seen : { ...seen, reason };
    const decision = this.#restart.afterLostRun(run, end, { isOurDoing: reason !== undefined });
    this.#recordExit(run, end);
    return decision;
  }

  /** Goes on waiting as the earlier supervisor did: for the next try of a backoff (now), or for the next trial. */
  resumeWaiting(phase: 'backoff' | 'broken', nextAttemptAt: number | null): void {
    const leftMs = Math.max(0, (nextAttemptAt ?? 0) - this.#around.clock.now());
    this.#kit.renew(this.#spec);
    this.#timer.set(leftMs, () => this.#attemptDue());
    this.#step(phase === 'broken' ? 'give_up' : 'back_off');
  }

  /** Somebody saw it serve: its next restart is at once, and an open circuit closes. */
  markReady(): void {
    if (!this.#run) return;
    this.#run.wasReady = true;
    this.#restart.confirmHealthy();
    this.#save();
  }

  /**
   * Ends the whole tree; a second call while it goes on may only shorten the deadline.
   *
   * @throws DN_SUPERVISOR_TREE_SURVIVES
   */
  stop(deadlineMs: number): Promise<void> {
    const untilMs = this.#around.clock.monotonic() + deadlineMs;
    if (this.#stopping) {
      this.#stopUntilMs = Math.min(this.#stopUntilMs, untilMs);
      return this.#stopping;
    }
    if (this.#phase === 'idle') return Promise.resolve();
    this.#stopUntilMs = untilMs;
    // Refused only when an earlier stop failed and left it stopping: then this is another try.
    if (this.#phase !== 'stopping') this.#cancelStart();
    const letGo = holdOpen();
    this.#stopping = this.#endAll().finally(() => {
      this.#stopping = null;
      letGo();
    });
    return this.#stopping;
  }

  /** Lets go without ending it, for the next supervisor to adopt. */
  release(): void {
    this.#isReleased = true;
    this.#queued?.cancel();
    this.#timer.clear();
    this.#unwatch?.();
    this.#run?.child?.unref();
    this.#kit.release();
  }

  #startQueued(event: 'launch' | 'restart' | 'due'): Promise<SupervisedProcess> {
    this.#timer.clear();
    this.#step(event);
    const launched = new Promise<SupervisedProcess>((resolve, reject) => {
      if (event === 'launch') this.#launch = { resolve, reject };
    });
    this.#queued = this.#around.queue.enqueue(
      () => {
        this.#queued = null;
        if (event === 'launch') this.#kit.close();
        this.#began(this.#spawn());
        return this.#run?.identity.pid;
      },
      { isUrgent: event === 'restart' },
    );
    return launched;
  }

  /** The one call between an exit and the next process; bookkeeping of the old run comes after it. */
  #spawn(): ChildProcess | DreamnetError {
    this.#generation += 1;
    try {
      const kit = this.#kit.current ?? this.#kit.renew(this.#spec);
      this.#errStart = kit.logs.errSize();
      return spawnPlanned(kit.plan, this.#generation);
    } catch (error) {
      return spawnError(this.#spec, error);
    }
  }

  #began(spawned: ChildProcess | DreamnetError): void {
    if (DreamnetError.is(spawned)) {
      this.#startFailed(spawned);
      return;
    }
    const { pid } = spawned;
    const kit = this.#kit.current;
    if (pid === undefined || !kit) {
      spawned.once('error', (error) => this.#startFailed(spawnError(this.#spec, error)));
      return;
    }
    const run = beginRun(spawned, pid, this.#runStart(kit));
    spawned.once('exit', (code, signal) => this.#onExit(run, { code, signal, isKnown: true }));
    // A pipe that breaks with the process is told by the exit; whoever uses the pipe listens too.
    spawned.stdin?.on('error', () => undefined);
    this.#nowRuns(run, 'spawned');
    this.#launch?.resolve(this.view);
    this.#launch = null;
  }

  #runStart(kit: LaunchKit, generation = this.#generation): RunStart {
    return runStart(kit, this.#around, { generation, errStart: this.#errStart });
  }

  #startFailed(error: DreamnetError): void {
    if (this.#phase !== 'starting' || this.#isReleased) return;
    this.#lastExit = failedStart(error.message, this.#around.clock.now());
    this.#follow(this.#restart.afterFailedStart());
    this.#launch?.reject(error);
    this.#launch = null;
  }

  #onExit(run: Run, end: RunEnd): void {
    if (run.isOver || this.#isReleased) return;
    // Otherwise asked to stop, perhaps by whoever heard of the end before this one.
    if (this.#phase === 'running') this.#endedByItself(run, end);
    else this.#recordExit(run, end);
  }

  #endedByItself(run: Run, end: RunEnd): void {
    const seen = { errSize: this.#kit.errSize, at: this.#around.clock.now() };
    // What is left of the group goes first, so that nothing holds a port the next process needs. The number cannot
    // be anybody else's yet: our child was reaped in this very turn of the event loop.
    if (run.child) sendSignal(-run.identity.pid, 'SIGKILL');
    else this.#endStrays(run);
    const decision = this.#restart.afterRun(run, end);
    const isAtOnce = decision.do === 'restart' && decision.delayMs === 0 && this.#around.queue.takeTurn();
    const spawned = isAtOnce ? this.#spawn() : null;
    this.#recordExit(run, end, seen);
    if (spawned) {
      this.#restarts += 1;
      this.#step('restart');
      this.#began(spawned);
    } else this.#follow(decision);
    const endLateStrays = async () => this.#endStrays(run, await this.#around.look());
    this.#around.clock.setTimeout(endLateStrays, STRAYS_AFTER_MS);
  }

  #follow(decision: RestartDecision): void {
    if (decision.do === 'finish') this.#step('finish');
    else if (decision.do === 'open_circuit') this.#openCircuit(decision);
    else if (decision.delayMs > 0) {
      this.#timer.set(decision.delayMs, () => this.#attemptDue());
      this.#step('back_off');
    } else {
      this.#restarts += 1;
      void this.#startQueued('restart');
    }
  }

  #openCircuit({ restarts, retryAfterMs }: RestartDecision & { do: 'open_circuit' }): void {
    this.#timer.set(retryAfterMs, () => this.#attemptDue());
    this.#step('give_up');
    this.#around.publish('process.circuit-opened', this.#spec.id, {
      restarts,
      periodMs: this.#spec.restart.periodMs,
      retryAt: this.#timer.dueAt ?? this.#around.clock.now(),
      lastExit: this.#lastExit,
    });
  }

  #attemptDue(): void {
    if (this.#phase === 'broken') this.#restart.beginTrial();
    this.#restarts += 1;
    void this.#startQueued('due');
  }

  #cancelStart(): void {
    this.#timer.clear();
    this.#queued?.cancel();
    this.#queued = null;
    this.#step('stop');
    this.#launch?.reject(supervisorError('DN_SUPERVISOR_START_CANCELLED', { id: this.#spec.id }));
    this.#launch = null;
  }

  async #endAll(): Promise<void> {
    const run = this.#run;
    const { clock, writer } = this.#around;
    const leftMs = () => this.#stopUntilMs - clock.monotonic();
    const tree = { processId: this.#spec.id, run, kit: this.#kit.current, leftMs };
    await endUnitTree({ ...tree, newestGeneration: this.#generation }, this.#around);
    if (run && !run.isOver) this.#recordExit(run, this.#around.exits.find(run.identity) ?? UNKNOWN_END);
    this.#kit.close();
    this.#step('gone');
    await writer.flush();
  }

  #endStrays(run: Run, look?: ProcessLook): void {
    const { instanceId } = this.#around;
    if (!this.#isReleased) endStraysOf(run, this.#spec.id, { instanceId, ...(look && { look }) });
  }

  /** `at`: when the end was seen, which is before whatever was spawned since. */
  #recordExit(run: Run, end: RunEnd, seen?: { errSize: number; at: number }): void {
    run.isOver = true;
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.#run === run) this.#run = null;
    const { clock, publish, redact } = this.#around;
    const kit = this.#kit.current;
    const { errSize, at } = seen ?? { errSize: this.#kit.errSize, at: clock.now() };
    this.#lastExit = exitRecord(run, end, { kit, errSize, at, redact });
    publish('process.exited', this.#spec.id, { identity: run.identity, exit: this.#lastExit }, at);
    this.#save();
  }

  /** `event` leads to running; what heard of an earlier event may have stopped it meanwhile. */
  #nowRuns(run: Run, event: 'spawned' | 'adopt'): void {
    this.#run = run;
    this.#step(event);
    const { identity, child } = run;
    const { attempt } = this.#restart;
    this.#around.publish('process.started', this.#spec.id, { identity, attempt, isAdopted: child === null });
    this.#save();
  }

  #step(event: LifecycleEvent): void {
    const outcome = step(LIFECYCLE, this.#phase, event);
    if (!outcome.ok) return;
    const { from, to } = outcome;
    this.#phase = to;
    const nextAttemptAt = this.#timer.dueAt;
    this.#around.publish('process.phase-changed', this.#spec.id, { from, to, nextAttemptAt });
    this.#save();
  }

  #save(): void {
    if (!this.#isReleased) this.#around.writer.write(this.#spec.id, () => this.#record());
  }

  #record(): ProcessRecord {
    const { id, phase, identity, startedAt, restarts, lastExit, nextAttemptAt } = this.view;
    return {
      ...{ id, phase, identity, startedAt, restarts, lastExit, nextAttemptAt },
      generation: this.#generation,
      stdio: this.#spec.stdio,
      history: this.#restart.stored,
    };
  }
}
