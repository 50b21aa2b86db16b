import type { SourcePlace, StatusAnswer, Subsystem } from '@dreamnet/contracts';
import type { AgentEntry } from '../../config/schema.js';
import type { FleetAgent } from '../agent-processes.js';
import type { DaemonParts } from '../parts.js';
import { isServing } from './replica-facts.js';

export interface ReplicaSubsystemOptions {
  parts: DaemonParts;
  entry: AgentEntry;
  declaredAt: SourcePlace;
  /** Those that are to stay. */
  replicas: () => readonly FleetAgent[];
  desired: () => number;
  /** Who runs as before a rolling restart that stopped, in words; undefined when nobody does. */
  notReplaced: () => string | undefined;
}

/** An agent with replicas as OS Core sees it beside them: as well as enough of them serve. */
export function createReplicaSubsystem(options: ReplicaSubsystemOptions): Subsystem {
  const { entry, declaredAt } = options;
  return {
    manifest: { domain: entry.domain, weight: entry.weight, dependsOn: entry.dependsOn, declaredAt },
    status: () => statusOf(options),
  };
}

/** One that is starting is no fault: only who is known not to serve counts against it. */
function statusOf({ parts, replicas, desired, notReplaced }: ReplicaSubsystemOptions): StatusAnswer {
  const all = replicas();
  const serving = all.filter((one) => isServing(parts, one)).length;
  const sick = all.filter(({ name }) => {
    const axes = parts.core.health(name)?.axes;
    return axes?.liveness.state === 'dead' || axes?.readiness.state === 'not_ready';
  });
  const metrics = { replicas: all.length, replicas_serving: serving, replicas_desired: desired() };
  const details = `${serving} of ${desired()} replicas serve`;
  const isSick = sick.length > 0;
  if (desired() === 0)
    return { status: 'ok', details: 'none is needed now: the next call starts one', metrics };
  if (serving === 0 && isSick) return { status: 'error', details, metrics };
  const old = notReplaced();
  // That some run as before is known before anybody has answered, as after a start of the daemon.
  if (serving === 0 && old === undefined)
    return { status: 'unknown', details: 'its first replica is starting', metrics };
  if (!isSick && old === undefined) return { status: 'ok', details, metrics };
  const not = isSick ? [`not: ${sick.map(({ name }) => name).join(', ')}`] : [];
  return { status: 'warn', details: [details, ...not, ...(old ? [old] : [])].join('; '), metrics };
}
