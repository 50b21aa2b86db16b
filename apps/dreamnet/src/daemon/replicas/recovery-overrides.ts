import type { RecoveryPolicy } from '@dreamnet/contracts';

/** How far repairs may go, by subsystem, as the fleet file says for agents; replicas come and go. */
export interface RecoveryOverrides {
  /** The one that is read: it changes as replicas come. */
  readonly live: Readonly<Record<string, RecoveryPolicy>>;
  /** One process is repaired as its agent. */
  inherit(id: string, agent: string): void;
}

/** The overrides of a fleet file. */
export function createRecoveryOverrides(
  declared: Readonly<Record<string, RecoveryPolicy>>,
): RecoveryOverrides {
  const ofAgents = new Map(Object.entries(declared));
  const view: Record<string, RecoveryPolicy> = Object.fromEntries(ofAgents);
  return {
    live: view,
    inherit: (id, agent) => {
      const policy = ofAgents.get(agent);
      if (policy !== undefined) view[id] = policy;
    },
  };
}
