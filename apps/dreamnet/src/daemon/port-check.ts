import type { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import { hasPortOfItsOwn } from '../config/replicas-checks.js';
import { showPlace } from '../config/source.js';
import { programError } from '../errors.js';
import { describeHolder, isFree } from './port-holders.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/**
 * Whether other programs hold ports our agents are going to listen on: such an agent would crash, and worse, the other
 * program might answer its health checks.
 *
 * @param isOurs Agents that run already (adopted): their port is theirs.
 * @returns DN_CONFIG_PORT_IN_USE with the place of the endpoint, for each.
 */
export async function findTakenPorts(
  loaded: LoadedFleet,
  isOurs: (agent: string) => boolean,
): Promise<DreamnetError[]> {
  const taken: DreamnetError[] = [];
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    if (agent.endpoint === undefined || hasPortOfItsOwn(agent) || isOurs(name)) continue;
    const { hostname, port, protocol } = new URL(agent.endpoint);
    if (!LOOPBACK.has(hostname)) continue;
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    if (await isFree(hostname.replace(/[[\]]/g, ''), number)) continue;
    taken.push(
      programError('DN_CONFIG_PORT_IN_USE', {
        place: showPlace(loaded.placeOf(['agents', name, 'endpoint'])),
        port: number,
        name,
        who: describeHolder(number),
      }),
    );
  }
  return taken;
}
