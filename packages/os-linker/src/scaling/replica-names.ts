/** What stands between an agent's name and the number of one of its replicas; no name in a fleet file holds it. */
const SEPARATOR = '#';

/** The slot of the one process of an agent that has no replicas: its id is the agent's name. */
export const ONLY_SLOT = 0;

/** The id of one replica: `worker#2`. Slots count from 1; `ONLY_SLOT` is the agent itself. */
export function replicaId(agent: string, slot: number): string {
  return slot === ONLY_SLOT ? agent : `${agent}${SEPARATOR}${slot}`;
}

/** The agent an id belongs to: that of a replica without its number, any other id as it is. */
export function agentOf(id: string): string {
  const at = id.indexOf(SEPARATOR);
  return at === -1 ? id : id.slice(0, at);
}
