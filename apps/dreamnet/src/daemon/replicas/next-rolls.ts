import type { Subscription } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { ReplicaRecord } from '@dreamnet/os-linker';
import type { DaemonParts } from '../parts.js';
import { isRolling } from './replica-entry.js';

/** Rolling restarts that something changed asks for: one that comes while another is under way is not refused. */
export interface NextRolls {
  /** @returns `queued`: it begins when the one under way is over @throws as `ReplicaDesk.roll` */
  begin(agent: string, reason: string): Promise<'begun' | 'queued'>;
  /** What was to follow does not. */
  drop(agent: string): void;
}

/** Several that come meanwhile are one: whoever is started then has everything that is new. */
export function createNextRolls(
  { bus, onTrouble }: Pick<DaemonParts, 'bus' | 'onTrouble'>,
  {
    recordOf,
    roll,
  }: {
    recordOf: (agent: string) => ReplicaRecord | undefined;
    roll: (agent: string, reason: string) => Promise<unknown>;
  },
): NextRolls {
  const queued = new Map<string, Subscription>();
  const drop = (agent: string) => {
    queued.get(agent)?.unsubscribe();
    queued.delete(agent);
  };
  const follow = async (agent: string, reason: string) => {
    drop(agent);
    try {
      await roll(agent, reason);
    } catch (thrown) {
      onTrouble(`${agent}: is not restarted for ${reason}: ${DreamnetError.from(thrown).message}`);
    }
  };
  return {
    begin: async (agent, reason) => {
      if (!isRolling(recordOf(agent))) {
        await roll(agent, reason);
        return 'begun';
      }
      drop(agent);
      const hearing = bus.subscribe('rolling.changed.>', ({ subject }) => {
        if (subject === agent && !isRolling(recordOf(agent))) void follow(agent, reason);
      });
      queued.set(agent, hearing);
      return 'queued';
    },
    drop,
  };
}
