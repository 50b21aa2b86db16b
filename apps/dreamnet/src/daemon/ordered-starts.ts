import type { StartWait } from '@dreamnet/contracts';
import type { LoadedFleet } from '../config/load.js';
import { type Prerequisite, type StartPlan, startPlan } from '../config/start-plan.js';
import type { AgentFleet } from './agent-fleet-interface.js';
import type { DaemonParts } from './parts.js';
import { isRolling } from './replicas/replica-entry.js';
import { createStartGate, type StartGate } from './start-gate.js';
import { startStateOf } from './start-state.js';

/** Where an agent stands that is not begun yet: without a process, or with those that are to be replaced. */
type Mark = 'coming' | 'renewed';

/** Starts of agents that wait for what they come after. */
export interface OrderedStarts {
  /** Resolves when its turn has come or its time to wait is over; false when somebody decided otherwise. */
  admit(agent: string, waitForMs: number): Promise<boolean>;
  /** Does something to an agent when its turn has come; until that is done, it has the mark. Not when somebody decided otherwise. */
  inTurn(agent: string, turn: { mark: Mark; waitForMs: number; act: () => Promise<void> }): Promise<void>;
  /** Whoever comes after it waits from now on. @returns what takes that back, once */
  expect(agent: string, mark: Mark): () => void;
  isComing(agent: string): boolean;
  isRenewed(agent: string): boolean;
  /** Is anything missing that it comes after? */
  isMissing(agent: string): boolean;
  prolong(agent: string, waitForMs: number): void;
  cancel(agent: string): void;
  /** Whom one without a process waits for. */
  waitOf(agent: string): StartWait | undefined;
  /** Whom one waits for whose processes run meanwhile. */
  renewalWaitOf(agent: string): StartWait | undefined;
  look(): void;
  stop(): void;
  /** Who comes after whom, by a fleet file. */
  plan(loaded: LoadedFleet): StartPlan;
}

type FleetOfStarts = Pick<
  AgentFleet,
  'find' | 'isComing' | 'isRenewed' | 'startPlan' | 'idsOf' | 'isReplicated' | 'record'
>;

/** Nobody waits at first. */
export function createOrderedStarts(parts: DaemonParts, fleet: FleetOfStarts): OrderedStarts {
  return new Starts(parts, fleet);
}

class Starts implements OrderedStarts {
  readonly #fleet: FleetOfStarts;
  readonly #gate: StartGate;
  /** Several may have been begun for one agent: the mark stays until the last is over. */
  readonly #marks = { coming: new Map<string, number>(), renewed: new Map<string, number>() };
  readonly #rolled = new Set<string>();
  #known: { loaded: LoadedFleet; plan: StartPlan } | undefined;

  constructor(parts: DaemonParts, fleet: FleetOfStarts) {
    this.#fleet = fleet;
    const { clock, publish } = parts;
    this.#gate = createStartGate({
      ...{ clock, publish, afterOf: (agent) => this.#afterOf(agent) },
      stateOf: (name) => startStateOf(parts, fleet, name),
    });
  }

  async admit(agent: string, waitForMs: number): Promise<boolean> {
    const { how } = await this.#gate.admit(agent, waitForMs);
    return how !== 'cancelled';
  }

  async inTurn(
    agent: string,
    { mark, waitForMs, act }: { mark: Mark; waitForMs: number; act: () => Promise<void> },
  ): Promise<void> {
    const release = this.expect(agent, mark);
    try {
      if (!(await this.admit(agent, waitForMs))) return;
      await act();
      // The last of its new processes is still to come.
      if (mark === 'renewed' && this.#isRolling(agent)) this.#rolled.add(agent);
    } finally {
      release();
    }
  }

  expect(agent: string, mark: Mark): () => void {
    const marks = this.#marks[mark];
    marks.set(agent, (marks.get(agent) ?? 0) + 1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const left = (marks.get(agent) ?? 1) - 1;
      if (left > 0) marks.set(agent, left);
      else marks.delete(agent);
      this.look();
    };
  }

  isComing(agent: string): boolean {
    return this.#marks.coming.has(agent) || this.#gate.waitOf(agent) !== undefined;
  }

  isRenewed(agent: string): boolean {
    if (this.#rolled.has(agent) && !this.#isRolling(agent)) this.#rolled.delete(agent);
    return this.#marks.renewed.has(agent) || this.#rolled.has(agent);
  }

  isMissing(agent: string): boolean {
    return this.#gate.missing(this.#afterOf(agent)).length > 0;
  }

  prolong(agent: string, waitForMs: number): void {
    this.#gate.prolong(agent, waitForMs);
  }

  cancel(agent: string): void {
    this.#gate.cancel(agent);
  }

  waitOf(agent: string): StartWait | undefined {
    return this.#marks.renewed.has(agent) ? undefined : this.#gate.waitOf(agent);
  }

  renewalWaitOf(agent: string): StartWait | undefined {
    return this.#marks.renewed.has(agent) ? this.#gate.waitOf(agent) : undefined;
  }

  look(): void {
    this.#gate.look();
  }

  stop(): void {
    this.#gate.stop();
  }

  plan(loaded: LoadedFleet): StartPlan {
    if (this.#known?.loaded !== loaded) this.#known = { loaded, plan: startPlan(loaded.fleet) };
    return this.#known.plan;
  }

  #afterOf(agent: string): readonly Prerequisite[] {
    return this.#fleet.startPlan().after.get(agent) ?? [];
  }

  #isRolling(agent: string): boolean {
    return isRolling(this.#fleet.record(agent));
  }
}
