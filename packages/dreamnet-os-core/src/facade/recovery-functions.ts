import type { DreamNetOSContext } from '@dreamnet/contracts';
import { registerContext } from '../context/context-entries.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

type RecoveryFunctions = Pick<
  DreamNetOSCoreFacade,
  | 'generateRecoveryActions'
  | 'detectIntegrationGaps'
  | 'autoFixIntegrationGaps'
  | 'getIntegrationGaps'
  | 'incidents'
  | 'recoveryActions'
  | 'approve'
  | 'reject'
  | 'executeRecovery'
>;

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
      const names = registerContext(health, context);
      integration.detect();
      return integration.gaps().filter((gap) => names.includes(gap.subsystem));
    },
    autoFixIntegrationGaps: (context) => integration.autoFix(registerContext(health, context)),
    getIntegrationGaps: () => [...integration.gaps()],
    incidents: () => rooms.incidents.list(),
    recoveryActions: () => [...rooms.remedies.list()].reverse(),
    approve: pipeline.approve,
    reject: pipeline.reject,
    executeRecovery: (actionId, who = 'caller') => pipeline.approve(actionId, who),
  };
}
