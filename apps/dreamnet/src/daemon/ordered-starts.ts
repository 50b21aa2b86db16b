import type { StartWait } from '@dreamnet/contracts';
import type { LoadedFleet } from '../config/load.js';
import { type Prerequisite, type StartPlan, startPlan } from '../config/start-plan.js';
import type { AgentFleet } from './agent-fleet-interface.js';
import type { DaemonParts } from './parts.js';
import { createStartGate } from './start-gate.js';
import { startStateOf } from './start-state.js';

/** Starts of agents that wait for what they come after. */
export interface OrderedStarts {
  /** Resolves when its turn has come or its time to wait is over; false when somebody decided otherwise. */
  admit(agent: string, waitForMs: number): Promise<boolean>;
  /** Is anything missing that it comes after? */
  isMissing(agent: string): boolean;
  cancel(agent: string): void;
  waitOf(agent: string): StartWait | undefined;
  look(): void;
  stop(): void;
  /** Who comes after whom, by a fleet file. */
  plan(loaded: LoadedFleet): StartPlan;
}

/** Nobody waits at first. */
export function createOrderedStarts(
  parts: DaemonParts,
  fleet: Pick<AgentFleet, 'find' | 'isComing' | 'startPlan' | 'idsOf' | 'isReplicated'>,
): OrderedStarts {
  const { clock, publish } = parts;
  const afterOf = (agent: string): readonly Prerequisite[] => fleet.startPlan().after.get(agent) ?? [];
  const gate = createStartGate({
    ...{ clock, publish, afterOf },
    stateOf: (name) => startStateOf(parts, fleet, name),
  });
  let known: { loaded: LoadedFleet; plan: StartPlan } | undefined;
  return {
    admit: async (agent, waitForMs) => {
      const { how } = await gate.admit(agent, afterOf(agent), waitForMs);
      return how !== 'cancelled';
    },
    isMissing: (agent) => gate.missing(afterOf(agent)).length > 0,
    cancel: gate.cancel.bind(gate),
    waitOf: gate.waitOf.bind(gate),
    look: gate.look.bind(gate),
    stop: gate.stop.bind(gate),
    plan: (loaded) => {
      if (known?.loaded !== loaded) known = { loaded, plan: startPlan(loaded.fleet) };
      return known.plan;
    },
  };
}
