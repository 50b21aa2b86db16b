import { sleep } from '@dreamnet/kit';
import { check, type FaultCheck } from '../report.js';
import type { World } from '../world.js';
import type { Fault } from './fault.js';

/** Long enough that a fleet which needs its daemon to live would be seen dying. */
const AWAY_MS = 1500;
/** Agents that speak over the daemon's pipes: the stated exception, they get a new process. */
const ON_STDIO: readonly string[] = ['researcher', 'files'];

/** 8. `kill -9` of the daemon itself. */
export const killedDaemon: Fault = {
  title: 'kill -9 of the daemon itself',
  mayTouch: ON_STDIO,
  run: async (world) => {
    await world.client().send('PUT', '/api/vault/kept-secret', { value: 'acknowledged before the kill' });
    const before = {
      agents: await world.agents(),
      incidents: await world.incidents(),
      pid: world.daemonPid(),
    };
    const faultAt = world.clock.now();
    await world.killDaemon();
    await sleep(world.clock, AWAY_MS);
    const alone = world.processesOf();
    const readyMs = await world.startDaemon();
    await world.until('every agent to be ready again', async () =>
      (await world.agents()).every(
        (agent) => agent.pid !== null && agent.health.readiness.state !== 'not_ready',
      ),
    );
    const recoveredMs = world.clock.now() - faultAt;
    const after = { agents: await world.agents(), processes: world.processesOf() };
    const kept = before.agents.filter((agent) => !ON_STDIO.includes(agent.name));
    const adopted = kept.filter((agent) =>
      after.agents.some((other) => other.pid === agent.pid && other.isAdopted),
    );
    return {
      fault: killedDaemon.title,
      target: 'the daemon',
      seen: `${kept.filter((agent) => alone.has(agent.name)).length} of ${kept.length} agents went on alone for ${AWAY_MS} ms`,
      decided: 'processes found by their mark, start time and the stored records',
      done: `a new daemon was ready after ${Math.round(readyMs)} ms and adopted ${adopted.length} agents; the ${ON_STDIO.length} on its stdio were ended and started anew (${ON_STDIO.join(', ')})`,
      verified: `old pids: ${adopted.map((agent) => `${agent.name} ${agent.pid}`).join(', ')}`,
      detectedMs: 0,
      recoveredMs,
      checks: [
        check(
          'every agent that is not on stdio keeps its process',
          adopted.length === kept.length,
          `${adopted.length} of ${kept.length}`,
        ),
        doubledCheck(after.processes),
        await nothingLostCheck(
          world,
          before.incidents.map((incident) => incident.id),
        ),
      ],
    };
  },
};

function doubledCheck(processes: ReadonlyMap<string, readonly number[]>): FaultCheck {
  const doubled = [...processes].filter(([, pids]) => pids.length > 1);
  return check(
    'no process is doubled',
    doubled.length === 0,
    doubled.map(([name, pids]) => `${name}: ${pids.join(', ')}`).join('; ') || '0 doubled',
  );
}

async function nothingLostCheck(world: World, incidentIds: readonly string[]): Promise<FaultCheck> {
  const ids = new Set((await world.incidents()).map((incident) => incident.id));
  const { secrets } = await world.client().get<{ secrets: string[] }>('/api/bindings');
  const lost = incidentIds.filter((id) => !ids.has(id));
  const isSecretKept = secrets.includes('kept-secret');
  return check(
    'nothing acknowledged is lost',
    lost.length === 0 && isSecretKept,
    `${incidentIds.length - lost.length} of ${incidentIds.length} incidents, secret ${isSecretKept ? 'kept' : 'lost'}`,
  );
}
