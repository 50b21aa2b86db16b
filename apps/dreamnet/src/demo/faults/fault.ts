import type { DreamnetEvent, EventType, Incident, PsEntry } from '@dreamnet/contracts';
import { type FaultReport, firstOf, summaryOf } from '../report.js';
import type { World } from '../world.js';

/** One thing that goes wrong in life. */
export interface Fault {
  readonly title: string;
  /** Agents whose process may change; any other change is a failure of the demo. */
  readonly mayTouch: readonly string[];
  run(world: World): Promise<FaultReport>;
}

/** Signals an agent's process. @returns The agent just before, and when. @throws DN_CLI_TIMEOUT when it has no process */
export async function signalAgent(
  world: World,
  name: string,
  signal: NodeJS.Signals,
): Promise<{ before: PsEntry; faultAt: number }> {
  // Without a pid there is nobody to signal: 0 would be this very program and whoever started it.
  const found = await world.until(`a process of ${name}`, async () => {
    const agent = await world.agent(name);
    return agent.pid !== null && { agent, pid: agent.pid };
  });
  const faultAt = world.clock.now();
  process.kill(found.pid, signal);
  return { before: found.agent, faultAt };
}

/** The first event of a type about a subject since a time; undefined while there is none. */
export function findEvent<T extends EventType>(
  world: World,
  wanted: { type: T; subject: string; since: number },
): DreamnetEvent<T> | undefined {
  return world.events.find(
    (event) => event.type === wanted.type && event.subject === wanted.subject && event.at >= wanted.since,
  ) as DreamnetEvent<T> | undefined;
}

/** Waits until the incident about a cause, opened since a time, is resolved. */
export function awaitResolved(world: World, cause: string, since: number): Promise<Incident> {
  return world.until(`the incident about ${cause} to be resolved`, async () =>
    (await world.incidents()).find(
      (incident) =>
        incident.cause.subsystem === cause && incident.openedAt >= since && incident.state === 'resolved',
    ),
  );
}

/** The report of a fault that one incident tells whole. */
export function reportOf(incident: Incident, fault: string, faultAt: number): FaultReport {
  return {
    fault,
    target: incident.cause.subsystem,
    seen: firstOf(incident, 'detected')?.summary ?? 'nothing',
    decided: `${incident.cause.decidedBy}; ${summaryOf(incident, 'planned', 'analysed')}`,
    done: summaryOf(incident, 'executed', 'planned'),
    verified: summaryOf(incident, 'verified'),
    detectedMs: (firstOf(incident, 'fault', 'detected')?.at ?? incident.openedAt) - faultAt,
    recoveredMs: (firstOf(incident, 'verified')?.at ?? Number.NaN) - faultAt,
    checks: [],
  };
}
