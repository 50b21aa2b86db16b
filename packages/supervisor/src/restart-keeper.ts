import type { Clock, RestartPolicy } from '@dreamnet/contracts';
import type { ProcessRecord } from './records/process-record.js';
import { loadHistory, storeHistory } from './records/stored-history.js';
import type { EndedRun, RestartDecision, RestartHistory } from './restart-policy/restart-decision.js';
import {
  beginTrial,
  confirmHealthy,
  decideRestart,
  freshHistory,
} from './restart-policy/restart-decision.js';
import type { Run, RunEnd } from './run.js';
import { exitKind } from './run.js';

/** The restart history of one process and the policy it is judged by. */
export class RestartKeeper {
  readonly #clock: Clock;
  readonly #random: () => number;
  #policy: RestartPolicy;
  #history: RestartHistory;

  constructor(policy: RestartPolicy, { clock, random }: { clock: Clock; random: () => number }) {
    this.#clock = clock;
    this.#random = random;
    this.#policy = policy;
    this.#history = freshHistory(policy);
  }

  /** Which try in a row this is that has not succeeded yet; 1 after a healthy run. */
  get attempt(): number {
    return this.#history.shortRuns + this.#history.failedTrials + 1;
  }

  get stored(): ProcessRecord['history'] {
    return storeHistory(this.#history, this.#clock);
  }

  /** Forgets the past, for an explicit start. */
  reset(policy: RestartPolicy): void {
    this.#policy = policy;
    this.#history = freshHistory(policy);
  }

  restore(stored: ProcessRecord['history']): void {
    this.#history = loadHistory(this.#policy, stored, this.#clock);
  }

  confirmHealthy(): void {
    this.#history = confirmHealthy(this.#policy, this.#history);
  }

  beginTrial(): void {
    this.#history = beginTrial(this.#history);
  }

  afterRun({ startedMs, wasReady }: Run, end: RunEnd): RestartDecision {
    const atMs = this.#clock.monotonic();
    return this.#decide({ exit: exitKind(end), atMs, ranMs: atMs - startedMs, wasReady });
  }

  /** A run that ended while nobody supervised; what an earlier supervisor's end did is not held against it. */
  afterLostRun(run: Run, end: RunEnd, { isOurDoing }: { isOurDoing: boolean }): RestartDecision {
    const before = this.#history;
    const decision = this.afterRun(run, end);
    if (!isOurDoing || decision.do === 'finish') return decision;
    this.#history = before;
    return { do: 'restart', delayMs: 0 };
  }

  /** A start that failed counts as a run of no length. */
  afterFailedStart(): RestartDecision {
    return this.#decide({ exit: 'abnormal', atMs: this.#clock.monotonic(), ranMs: 0, wasReady: false });
  }

  #decide(run: EndedRun): RestartDecision {
    const { history, decision } = decideRestart(this.#history, run, {
      policy: this.#policy,
      random: this.#random,
    });
    this.#history = history;
    return decision;
  }
}
