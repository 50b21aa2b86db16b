import type { ChildProcess } from 'node:child_process';
import type { SupervisedProcess } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import type { LaunchKit } from '../launch-kit.js';
import type { Run, RunEnd, RunStart } from '../run.js';
import { beginRun, runStart } from '../run.js';
import { spawnError, spawnPlanned } from '../spawn/spawn-plan.js';
import type { QueuedStart } from '../spawn/start-queue.js';
import type { UnitState } from './unit-state.js';

interface PendingLaunch {
  resolve(process: SupervisedProcess): void;
  reject(error: DreamnetError): void;
}

/** Who is told what comes of a start. */
export interface StartListener {
  onExit(run: Run, end: RunEnd): void;
  onFailed(error: DreamnetError): void;
}

/** What became of an attempt: a child, with or without a pid, or why there was none. */
export type Attempt = ChildProcess | DreamnetError;

/** The starts of one process: their turn in the queue, the spawn, and what comes of it. */
export class UnitStarts {
  readonly #state: UnitState;
  readonly #listener: StartListener;
  #queued: QueuedStart | null = null;
  #launch: PendingLaunch | null = null;
  #errStart = 0;

  constructor(state: UnitState, listener: StartListener) {
    this.#state = state;
    this.#listener = listener;
  }

  /** @returns Settles with a launch; for every other start it never does. */
  enqueue(event: 'launch' | 'restart' | 'due'): Promise<SupervisedProcess> {
    const state = this.#state;
    state.timer.clear();
    state.step(event);
    const launched = new Promise<SupervisedProcess>((resolve, reject) => {
      if (event === 'launch') this.#launch = { resolve, reject };
    });
    this.#queued = state.around.queue.enqueue(
      () => {
        this.#queued = null;
        if (event === 'launch') state.kit.close();
        this.began(this.attempt());
        return state.run?.identity.pid;
      },
      { isUrgent: event === 'restart' },
    );
    return launched;
  }

  /** The one call between an exit and the next process; bookkeeping of the old run comes after it. */
  attempt(): Attempt {
    const { kit, spec } = this.#state;
    this.#state.generation += 1;
    try {
      const current = kit.current ?? kit.renew(spec);
      this.#errStart = current.logs.errSize();
      return spawnPlanned(current.plan, this.#state.generation);
    } catch (error) {
      return spawnError(spec, error);
    }
  }

  began(attempt: Attempt): void {
    if (DreamnetError.is(attempt)) {
      this.#failed(attempt);
      return;
    }
    const { pid } = attempt;
    const kit = this.#state.kit.current;
    if (pid === undefined || !kit) {
      attempt.once('error', (error) => this.#failed(spawnError(this.#state.spec, error)));
      return;
    }
    const run = beginRun(attempt, pid, this.circumstances(kit));
    attempt.once('exit', (code, signal) => this.#listener.onExit(run, { code, signal, isKnown: true }));
    // A pipe that breaks with the process is told by the exit; whoever uses the pipe listens too.
    attempt.stdin?.on('error', () => undefined);
    this.nowRuns(run, 'spawned');
    this.#launch?.resolve(this.#state.view);
    this.#launch = null;
  }

  circumstances(kit: LaunchKit, generation = this.#state.generation): RunStart {
    return runStart(kit, this.#state.around, { generation, errStart: this.#errStart });
  }

  /** `event` leads to running; what heard of an earlier event may have stopped it meanwhile. */
  nowRuns(run: Run, event: 'spawned' | 'adopt'): void {
    const { spec, restart, around } = this.#state;
    this.#state.run = run;
    this.#state.step(event);
    const { identity, child } = run;
    const { attempt } = restart;
    around.publish('process.started', spec.id, { identity, attempt, isAdopted: child === null });
    this.#state.save();
  }

  /** Takes back a start that waits for its turn; whoever launched it is told. */
  cancel(): void {
    this.drop();
    const { id } = this.#state.spec;
    this.#launch?.reject(supervisorError('DN_SUPERVISOR_START_CANCELLED', { id }));
    this.#launch = null;
  }

  /** Takes back a start that waits for its turn, without a word. */
  drop(): void {
    this.#queued?.cancel();
    this.#queued = null;
  }

  #failed(error: DreamnetError): void {
    if (this.#state.phase !== 'starting' || this.#state.isReleased) return;
    this.#listener.onFailed(error);
    this.#launch?.reject(error);
    this.#launch = null;
  }
}
