import type {
  ActivitySample,
  ExitRecord,
  LocalProcessSpec,
  ProcessStreams,
  ProcessUsage,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import { usageOf } from '../activity/usage.js';
import { AttemptTimer } from '../attempt-timer.js';
import { LaunchKitSlot } from '../launch-kit.js';
import { LIFECYCLE, type LifecycleEvent } from '../lifecycle.js';
import { ageMs } from '../linux/process-identity.js';
import type { ProcessRecord } from '../records/process-record.js';
import { RestartKeeper } from '../restart-keeper.js';
import type { Run } from '../run.js';
import type { SpareKeeper } from '../spare/spare-keeper.js';
import type { StopLog } from '../stop/stop-log.js';
import type { UnitSurroundings } from '../unit-surroundings.js';

/** Two readings of the clocks differ by less. */
const CLOCKS_AGREE_MS = 1000;

/** What is known of one supervised process, and the one place where its phase changes. */
export class UnitState {
  readonly around: UnitSurroundings;
  readonly timer: AttemptTimer;
  readonly kit: LaunchKitSlot;
  readonly restart: RestartKeeper;
  spec: LocalProcessSpec;
  run: Run | null = null;
  /** Of the newest start, also of one that came to nothing. */
  generation = 0;
  /** Starts after the first, whoever asked for them. */
  restarts = 0;
  lastExit: ExitRecord | null = null;
  /** The next supervisor goes on with it: nothing is written or followed here any more. */
  isReleased = false;
  /** The group that is ending it. */
  endedWith: string | undefined;
  /** The stop under way. `untilAt`: epoch ms when it is killed. */
  stopping: { readonly log: StopLog; readonly untilAt: number } | null = null;
  /** Epoch ms of the next try of a group that gave up. */
  groupRetryAt: number | null = null;
  /** Set by the unit. */
  spare: SpareKeeper | null = null;
  #phase: SupervisedPhase = 'idle';

  constructor(spec: LocalProcessSpec, around: UnitSurroundings) {
    this.spec = spec;
    this.around = around;
    const { clock, random, groupOf } = around;
    this.restart = new RestartKeeper(spec.restart, { clock, random, group: () => groupOf?.(this.spec.id) });
    this.timer = new AttemptTimer(around.clock);
    this.kit = new LaunchKitSlot(around.prepare);
  }

  get phase(): SupervisedPhase {
    return this.#phase;
  }

  get nextAttemptAt(): number | null {
    return this.#phase === 'broken' && this.groupRetryAt !== null ? this.groupRetryAt : this.timer.dueAt;
  }

  get view(): SupervisedProcess {
    const { watcher } = this.around;
    const isAdopted = this.run !== null && this.run.process === null;
    const spare = this.spare?.view;
    const late = isAdopted && watcher.problem !== undefined ? [watcher.problem] : [];
    return {
      id: this.spec.id,
      phase: this.#phase,
      identity: this.run?.identity ?? null,
      startedAt: this.run?.startedAt ?? null,
      ranMs: this.#ranMs,
      restarts: this.restarts,
      isAdopted,
      lastExit: this.lastExit,
      nextAttemptAt: this.nextAttemptAt,
      notEnforced: [...this.kit.notEnforced, ...late],
      ...(spare && { spare }),
    };
  }

  get streams(): ProcessStreams | undefined {
    return this.run?.process?.streams;
  }

  get activity(): ActivitySample | undefined {
    return this.run?.meter.sample();
  }

  get usage(): ProcessUsage | undefined {
    return this.run ? usageOf(this.run.meter, this.kit.current) : undefined;
  }

  /** Takes over counters of an earlier supervisor. */
  restore(record: ProcessRecord): void {
    this.generation = Math.max(record.generation, record.newest ?? 0);
    this.kit.place = record.place ?? 0;
    this.restarts = record.restarts;
    this.lastExit = record.lastExit;
    this.restart.restore(record.history);
  }

  /** An event that the table refuses changes nothing. */
  step(event: LifecycleEvent): void {
    const outcome = step(LIFECYCLE, this.#phase, event);
    if (!outcome.ok) return;
    const { from, to } = outcome;
    this.#phase = to;
    const { nextAttemptAt } = this;
    this.around.publish('process.phase-changed', this.spec.id, { from, to, nextAttemptAt });
    this.save();
  }

  save(): void {
    if (!this.isReleased) this.around.writer.write(this.spec.id, () => this.#record());
  }

  /** Where the two clocks disagree one was set, or the machine slept: then the kernel, which counts both right, is asked. */
  get #ranMs(): number | null {
    if (!this.run) return null;
    const { clock } = this.around;
    const { identity, startedAt, startedMs } = this.run;
    const ranMs = clock.monotonic() - startedMs;
    const isAgreed = Math.abs(clock.now() - startedAt - ranMs) < CLOCKS_AGREE_MS;
    return isAgreed ? ranMs : ageMs(identity.startTicks) || ranMs;
  }

  #record(): ProcessRecord {
    const { id, phase, identity, startedAt, restarts, lastExit, nextAttemptAt } = this.view;
    const { stopping } = this;
    const { identity: spare, generation: ofSpare } = this.spare ?? {};
    return {
      ...{ id, phase, identity, startedAt, restarts, lastExit, nextAttemptAt },
      ...(stopping && {
        stop: { at: stopping.log.at, untilAt: stopping.untilAt, steps: [...stopping.log.steps] },
      }),
      generation: this.run?.generation ?? this.generation,
      newest: this.generation,
      place: this.kit.place,
      ...(spare && typeof ofSpare === 'number' && { spare: { identity: spare, generation: ofSpare } }),
      stdio: this.spec.stdio,
      history: this.restart.stored,
    };
  }
}
