import type { SupervisedProcess } from '@dreamnet/contracts';
import { formatIdentity, isOver, type ReplicaRecord, replicaId } from '@dreamnet/os-linker';

/** How the supervisor has a process. */
interface Processes {
  get(id: string): Pick<SupervisedProcess, 'identity'> | undefined;
}

/**
 * Replicas that a rolling restart was to replace and did not: they run with what held before it, whatever the fleet file and the vault
 * say now. While another one tries again they are so still.
 *
 * @returns Their ids; empty when the last rolling restart got through, or all of them have been replaced otherwise since.
 */
export function notReplaced({ agent, replicas, rolling }: ReplicaRecord, supervisor: Processes): string[] {
  const before = new Set(rolling?.before ?? []);
  if (!rolling || rolling.phase === 'done') return [];
  if (!isOver(rolling) && !rolling.isRepeated) return [];
  return replicas.flatMap(({ slot }) => {
    const id = replicaId(agent, slot);
    const { identity = null } = supervisor.get(id) ?? {};
    return identity !== null && before.has(formatIdentity(identity)) ? [id] : [];
  });
}

/** The same in words: who, what they lack, why, and what to do; undefined when there are none. */
export function notReplacedText(record: ReplicaRecord, supervisor: Processes): string | undefined {
  const ids = notReplaced(record, supervisor);
  const { rolling, agent } = record;
  if (!rolling || ids.length === 0) return undefined;
  const what = `the rolling restart for '${rolling.reason}'`;
  const who = `${ids.join(', ')} ${ids.length === 1 ? 'runs' : 'run'} as before it`;
  if (!isOver(rolling)) return `${what} is tried again; until then ${who}`;
  const because = rolling.because ?? 'it was given up';
  return `${what} stopped: ${because}; ${who}; 'dreamnet restart ${agent} --rolling' tries again`;
}
