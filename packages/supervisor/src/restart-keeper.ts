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
  trialDelay,
} from './restart-policy/restart-decision.js';
import type { Run, RunEnd } from './run.js';
import { exitKind } from './run.js';

/** Not shorter, whatever the policy says: what is bound is read, and asked of commands, at each try. */
const SHORTEST_REFUSED_PAUSE_MS = 100;
/** Not longer: whoever has mended it is not to wait. */
const LONGEST_REFUSED_PAUSE_MS = 30_000;

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
  /** Tries in a row that were refused, and why the last one was. */
  #refused: { count: number; reason: string | null } = { count: 0, reason: null };

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

  /** The longest its next start may be put off as things stand: by its backoff, or by its open circuit; ms. */
  longestPauseMs(phase: 'backoff' | 'broken'): number {
    const { backoff } = this.#policy;
    return phase === 'backoff' ? backoff.maxMs : trialDelay(this.#policy, this.#history.failedTrials);
  }

  get stored(): ProcessRecord['history'] {
    return storeHistory(this.#history, this.#clock);
  }

  /** Forgets the past, for an explicit start. */
  reset(policy: RestartPolicy): void {
    this.#policy = policy;
    this.#history = freshHistory(policy);
    this.#endRefusals();
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
    this.#endRefusals();
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
    this.#endRefusals();
    return this.#decide({ exit: 'abnormal', atMs: this.#clock.monotonic(), ranMs: 0, wasReady: false });
  }

  /**
   * A start that was refused is no run, and no restart: it is tried until it is not, within the shortest and longest pause that are
   * sensible, else by the policy's backoff.
   *
   * @returns `isNews`: it was not refused before, or for another reason.
   */
  afterRefusedStart(reason: string): { readonly delayMs: number; readonly isNews: boolean } {
    const isNews = this.#refused.reason !== reason;
    const count = this.#refused.count + 1;
    this.#refused = { count, reason };
    const delayMs = restartDelay(count, { policy: this.#policy, random: this.#random });
    return {
      delayMs: Math.min(LONGEST_REFUSED_PAUSE_MS, Math.max(SHORTEST_REFUSED_PAUSE_MS, delayMs)),
      isNews,
    };
  }

  #endRefusals(): void {
    this.#refused = { count: 0, reason: null };
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
