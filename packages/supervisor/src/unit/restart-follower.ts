import type { ProcessIdentity } from '@dreamnet/contracts';
import { waitLeftMs } from '@dreamnet/kit';
import type { ExitDecision } from '../restart-keeper.js';
import type { RestartDecision } from '../restart-policy/restart-decision.js';
import type { Takeovers } from './takeovers.js';
import type { UnitStarts } from './unit-starts.js';
import type { UnitState } from './unit-state.js';

/** Carries out what was decided after an end: at once, later, on trial, or not at all. */
export class RestartFollower {
  readonly #state: UnitState;
  readonly #starts: UnitStarts;
  readonly #takeovers: Takeovers;

  constructor(state: UnitState, starts: UnitStarts, takeovers: Takeovers) {
    this.#state = state;
    this.#starts = starts;
    this.#takeovers = takeovers;
  }

  /** @param lost The process whose end is followed, when that was seen only now. */
  follow(decision: ExitDecision, lost: ProcessIdentity | null = null): void {
    if (decision.do === 'restart') {
      const takeover = this.#takeovers.begin();
      if (takeover) {
        this.#takeovers.finish(takeover, 'restart', lost);
        return;
      }
    }
    // A group starts it again in its turn: then the spare is that start.
    if (decision.do !== 'hold') this.#takeovers.forgo();
    if (decision.do === 'finish' || decision.do === 'hold') this.#state.step(decision.do);
    else if (decision.do === 'open_circuit') this.#openCircuit(decision);
    else if (decision.delayMs > 0) {
      this.#tryIn(decision.delayMs);
    } else {
      this.#state.restarts += 1;
      void this.#starts.enqueue('restart');
    }
  }

  /** It may not be started as things are: what was booted as a spare has what is refused now, so it does not take over either. */
  waitAfterRefusal(delayMs: number): void {
    this.#takeovers.forgo();
    this.#tryIn(delayMs);
  }

  /**
   * Goes on waiting as the earlier supervisor did: for the next try of a backoff, or for the next trial.
   *
   * @param nextAttemptAt Epoch ms by the clock of then: no pause becomes longer by that, should it be another one now.
   */
  resumeWaiting(phase: 'backoff' | 'broken', nextAttemptAt: number | null): void {
    const { around, kit, restart, spec, timer } = this.#state;
    const leftMs = waitLeftMs(nextAttemptAt ?? 0, around.clock.now(), restart.longestPauseMs(phase));
    kit.renew(spec);
    timer.set(leftMs, () => this.#attemptDue());
    this.#state.step(phase === 'broken' ? 'give_up' : 'back_off');
  }

  #tryIn(delayMs: number): void {
    this.#state.timer.set(delayMs, () => this.#attemptDue());
    this.#state.step('back_off');
  }

  #openCircuit({ restarts, retryAfterMs }: RestartDecision & { do: 'open_circuit' }): void {
    const { timer, around, spec, lastExit } = this.#state;
    timer.set(retryAfterMs, () => this.#attemptDue());
    this.#state.step('give_up');
    around.publish('process.circuit-opened', spec.id, {
      restarts,
      periodMs: spec.restart.periodMs,
      retryAt: timer.dueAt ?? around.clock.now(),
      lastExit,
    });
  }

  #attemptDue(): void {
    if (this.#state.phase === 'broken') this.#state.restart.beginTrial();
    this.#state.restarts += 1;
    void this.#starts.enqueue('due');
  }
}
