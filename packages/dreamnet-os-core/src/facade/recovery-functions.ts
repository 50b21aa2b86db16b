import type { DreamNetOSContext } from '@dreamnet/contracts';
import { registerContext } from '../context/context-entries.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import { refuseUnkept, whenKept } from './kept-decisions.js';
import type { Rooms } from './rooms.js';

type RecoveryFunctions = Pick<
  DreamNetOSCoreFacade,
  | 'generateRecoveryActions'
  | 'detectIntegrationGaps'
  | 'lookForGaps'
  | 'autoFixIntegrationGaps'
  | 'getIntegrationGaps'
  | 'incidents'
  | 'recoveryActions'
  | 'approve'
  | 'reject'
  | 'executeRecovery'
  | 'decideRemedy'
  | 'decisionsKept'
>;

/** A person's word about a remedy. `execute`: carry out what was only proposed. */
export interface RemedyDecision {
  verb: 'approve' | 'reject' | 'execute';
  by: string;
}

/** Recovery and integration. */
export function recoveryFunctions(rooms: Rooms): RecoveryFunctions {
  const { health, integration, recovery, pipeline } = rooms;
  const look = (context: DreamNetOSContext): string[] => {
    const names = registerContext(health, context);
    health.evaluate();
    rooms.healthAlerts.evaluate();
    return names;
  };
  return {
    generateRecoveryActions: (context) => recovery.generateRecoveryActions(look(context)),
    detectIntegrationGaps: (context) => {
      const names = new Set(registerContext(health, context));
      integration.detectAll(names);
      return integration.gaps().filter((gap) => names.has(gap.subsystem));
    },
    lookForGaps: (name) => integration.detect([name]),
    autoFixIntegrationGaps: (context) => integration.autoFix(registerContext(health, context)),
    getIntegrationGaps: () => [...integration.gaps()],
    incidents: () => rooms.incidents.list(),
    recoveryActions: () => [...rooms.remedies.list()].reverse(),
    approve: pipeline.approve,
    reject: pipeline.reject,
    executeRecovery: (actionId, who = 'caller') => pipeline.approve(actionId, who),
    decideRemedy: async (id, { verb, by }) => {
      const what = `${verb} ${id}`;
      refuseUnkept(rooms, what);
      const answer = verb === 'reject' ? pipeline.reject(id, by) : pipeline.approve(id, by);
      // Answered before that, it would be nobody's word after kill -9.
      if (answer.ok) await whenKept(rooms, what);
      return answer;
    },
    decisionsKept: (what) => whenKept(rooms, what),
  };
}
