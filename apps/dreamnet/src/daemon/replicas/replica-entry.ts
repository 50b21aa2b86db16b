import { isOver, ONLY_SLOT, type ReplicaRecord } from '@dreamnet/os-linker';
import { besideProblem, hasPortOfItsOwn } from '../../config/replicas-checks.js';
import { PORT_PLACEHOLDER } from '../../config/replicas-schema.js';
import type { AgentEntry } from '../../config/schema.js';

/** Which process of which agent. */
export interface ReplicaPlace {
  /** The agent's name in the fleet file. */
  agent: string;
  slot: number;
  /** null when it needs none of its own. */
  port: number | null;
}

/** The entry of the fleet file as it holds for one process: with its own port in the place of `{port}`. */
export function entryOfReplica(entry: AgentEntry, { port }: ReplicaPlace): AgentEntry {
  if (port === null || !hasPortOfItsOwn(entry)) return entry;
  const fill = (text: string) => text.replaceAll(PORT_PLACEHOLDER, String(port));
  const [program, ...rest] = entry.command;
  const env = Object.fromEntries(Object.entries(entry.env).map(([key, value]) => [key, fill(value)]));
  return {
    ...entry,
    command: [program, ...rest.map(fill)],
    env: { PORT: String(port), ...env },
    ...(entry.endpoint !== undefined && { endpoint: fill(entry.endpoint) }),
  };
}

/** Do its processes have numbers? Without them the only process is the agent itself. */
export function isNumbered(entry: AgentEntry): boolean {
  return entry.replicas !== undefined || entry.scale !== undefined;
}

/** Are its processes being replaced one after the other? */
export function isRolling(record: ReplicaRecord | undefined): boolean {
  return record !== undefined && record.rolling !== null && !isOver(record.rolling);
}

/** Can its processes be replaced one after the other, a new one beside the old ones? */
export function canRoll(entry: AgentEntry): boolean {
  return isNumbered(entry) && besideProblem(entry) === undefined;
}

/** What the file says about the number of processes, in words that differ when it differs. */
export function declaredReplicas({ replicas, scale }: AgentEntry): string {
  if (scale) return `scale ${scale.min} to ${scale.max}`;
  return replicas === undefined ? 'one process' : `replicas ${replicas}`;
}

/**
 * How many there should be after the file was read: as it says when it says something new, else as it was. What scales
 * by itself goes on from where it stood, within its limits.
 */
export function desiredByFile(entry: AgentEntry, before: ReplicaRecord | undefined): number {
  const { scale, replicas } = entry;
  if (before?.declared === declaredReplicas(entry)) return before.desired;
  if (!scale) return replicas ?? 1;
  const now = before?.replicas.some(({ slot }) => slot !== ONLY_SLOT)
    ? before.desired
    : (before?.desired ?? 0);
  return Math.min(Math.max(now, scale.min), scale.max);
}

/** Has it run long enough to count as serving, for those that nothing can be asked of? */
export function hasSettled(entry: AgentEntry, ranMs: number | null): boolean {
  if (entry.protocol !== 'none' || entry.health.probe !== undefined) return true;
  return ranMs !== null && ranMs >= entry.restart.backoff.resetAfter;
}
