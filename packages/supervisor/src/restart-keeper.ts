import type { Clock, RestartPolicy } from '@dreamnet/contracts';
import type { ProcessRecord } from './records/process-record.js';
import { loadHistory, storeHistory } from './records/stored-history.js';
import type { EndedRun, RestartDecision, RestartHistory } from './restart-policy/restart-decision.js';
import {
  beginTrial,
  confirmHealthy,
  decideRestart,
  freshHistory,
  isHealthyRun,
  restartDelay,
} from './restart-policy/restart-decision.js';
import type { Run, RunEnd } from './run.js';
import { exitKind } from './run.js';

/** What follows an end: what the process's own policy says, or `hold`: its group starts it again in its turn. */
export type ExitDecision = RestartDecision | { readonly do: 'hold' };

/** The group of one process, as far as its restarts are concerned. */
export interface MemberOfGroup {
  /** @param delayMs What its backoff asks for before its next start. */
  decide(run: EndedRun & { readonly isHealthy: boolean }, delayMs: number): ExitDecision;
  /** A process of it runs now. */
  noteRun(): void;
  /** Does another replica of it run? Then its own policy decides. */
  isReplaced(): boolean;
}

export interface RestartKeeperOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Undefined while it is in none. */
  readonly group?: () => MemberOfGroup | undefined;
}

/** The restart history of one process and the policy it is judged by. */
export class RestartKeeper {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #group: () => MemberOfGroup | undefined;
  #policy: RestartPolicy;
  #history: RestartHistory;

  constructor(policy: RestartPolicy, { clock, random, group = () => undefined }: RestartKeeperOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#group = group;
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

  /** It is started from scratch with others: its own circuit does not count any more, its short runs do. */
  closeCircuit(): void {
    const { circuit, shortRuns } = this.#history;
    if (circuit !== 'closed') this.#history = { ...freshHistory(this.#policy), shortRuns };
  }

  confirmHealthy(): void {
    this.#history = confirmHealthy(this.#history);
  }

  /** A process of it runs now: its group may be waiting for that. */
  noteRun(): void {
    this.#group()?.noteRun();
  }

  beginTrial(): void {
    this.#history = beginTrial(this.#history);
  }

  afterRun(run: Run, end: RunEnd): ExitDecision {
    return this.#decide(this.#ended(run, end));
  }

  /** A run that ended while nobody supervised; what an earlier supervisor's end did is not held against it. */
  afterLostRun(run: Run, end: RunEnd, { isOurDoing }: { isOurDoing: boolean }): ExitDecision {
    if (!isOurDoing) return this.afterRun(run, end);
    const before = this.#history;
    const decision = this.#decideAlone(this.#ended(run, end));
    if (decision.do === 'finish') return decision;
    this.#history = before;
    return { do: 'restart', delayMs: 0 };
  }

  /** A start that failed counts as a run of no length. */
  afterFailedStart(): ExitDecision {
    return this.#decide({ exit: 'abnormal', atMs: this.#clock.monotonic(), ranMs: 0, wasReady: false });
  }

  #ended({ startedMs, wasReady }: Run, end: RunEnd): EndedRun {
    const atMs = this.#clock.monotonic();
    return { exit: exitKind(end), atMs, ranMs: atMs - startedMs, wasReady };
  }

  /**
   * In a group, intensity and circuit are the group's; the backoff stays the process's own. A replica beside which another one runs
   * is on its own.
   */
  #decide(run: EndedRun): ExitDecision {
    const group = this.#group();
    if (!group || group.isReplaced()) return this.#decideAlone(run);
    const isHealthy = isHealthyRun(this.#policy, run);
    const shortRuns = isHealthy ? 0 : this.#history.shortRuns + 1;
    this.#history = { ...freshHistory(this.#policy), shortRuns };
    const rules = { policy: this.#policy, random: this.#random };
    return group.decide({ ...run, isHealthy }, restartDelay(shortRuns, rules));
  }

  #decideAlone(run: EndedRun): RestartDecision {
    const { history, decision } = decideRestart(this.#history, run, {
      policy: this.#policy,
      random: this.#random,
    });
    this.#history = history;
    return decision;
  }
}
