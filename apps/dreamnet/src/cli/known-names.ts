import type {
  AlertView,
  CapabilitiesMap,
  PsEntry,
  RouteDecision,
  SeriesListing,
  SubsystemView,
} from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { PROGRAM_ERRORS, programError } from '../errors.js';
import { nearName } from '../near-name.js';
import type { DaemonClient } from './client.js';

/**
 * Of a name that gave an empty answer: is there anybody of that name, now or in what is kept of the past? A subsystem, an agent,
 * a replica, a domain and `global` are. Asked for only then, as it takes some requests.
 *
 * @param next What to do with a name that is right all the same; put behind the error.
 * @throws DN_CLI_UNKNOWN_NAME with the name that was probably meant
 */
export async function requireSubject(client: DaemonClient, name: string, next = ''): Promise<void> {
  const [{ subsystems }, { agents }] = await Promise.all([
    client.get<{ subsystems: SubsystemView[] }>('/api/subsystems'),
    client.get<{ agents: PsEntry[] }>('/api/ps'),
  ]);
  const known = [...subsystems, ...agents].map((one) => one.name);
  const names = [...new Set([...known, ...Object.keys(DOMAIN_FACTORS), 'global'])];
  if (names.includes(name) || (await wasThere(client, name))) return;
  throw programError('DN_CLI_UNKNOWN_NAME', {
    kind: 'subsystem',
    name,
    hint: `${hintOf(name, names, "'dreamnet status --all' lists them")}${next}`,
  });
}

/**
 * Of a capability that nobody serves: is anybody registered for it?
 *
 * @throws DN_CLI_UNKNOWN_NAME with the name that was probably meant
 */
export async function requireCapability(client: DaemonClient, name: string): Promise<void> {
  const [{ routes }, { mappings }] = await Promise.all([
    client.get<{ routes: RouteDecision[] }>('/api/routes'),
    client.get<CapabilitiesMap>('/api/capabilities'),
  ]);
  const names = [...new Set([...routes.map(({ capability }) => capability), ...Object.keys(mappings)])];
  if (names.includes(name)) return;
  const hint = hintOf(name, names, "'dreamnet routes' lists them");
  throw programError('DN_CLI_UNKNOWN_NAME', { kind: 'capability', name, hint });
}

/** Where the names of a kind are listed that the daemon says there is none of, and by which command. */
const LISTS: Readonly<Record<string, { path: string; list: string }>> = {
  agent: { path: '/api/ps', list: 'ps' },
  'agent or budget': { path: '/api/ps', list: 'ps' },
  group: { path: '/api/groups', list: 'groups' },
};

/**
 * A client that says of an agent or a group that is not there which was probably meant: a person typed the name. The daemon is
 * asked for what there is only then. The error keeps its code.
 */
export function namingNearOnes(client: DaemonClient): DaemonClient {
  const explained = <T>(asking: Promise<T>): Promise<T> =>
    asking.catch(async (thrown) => {
      throw await withNearName(client, DreamnetError.from(thrown));
    });
  return {
    url: client.url,
    get: (path) => explained(client.get(path)),
    send: (method, path, body) => explained(client.send(method, path, body)),
    async *lines(path, signal) {
      try {
        yield* client.lines(path, signal);
      } catch (thrown) {
        throw await withNearName(client, DreamnetError.from(thrown));
      }
    },
  };
}

async function withNearName(client: DaemonClient, error: DreamnetError): Promise<DreamnetError> {
  const { kind, name } = error.details;
  const where = LISTS[String(kind)];
  if (error.code !== 'DN_API_NOT_FOUND' || where === undefined || typeof name !== 'string') return error;
  try {
    const answer = await client.get<Record<string, { name: string }[]>>(where.path);
    const names = Object.values(answer).flatMap((rows) => rows.map((row) => row.name));
    const hint = hintOf(name, names, `'dreamnet ${where.list}' lists them`);
    return new DreamnetError(error.code, PROGRAM_ERRORS.DN_CLI_UNKNOWN_NAME, { kind, name, hint });
  } catch {
    return error; // it says what is wrong, if not what was meant
  }
}

/** Of one that was removed its series and its alerts are kept. */
async function wasThere(client: DaemonClient, name: string): Promise<boolean> {
  const ofAlerts = new URLSearchParams({ state: 'recent', subsystem: name, limit: '1' });
  const [{ series }, { alerts }] = await Promise.all([
    client.get<{ series: SeriesListing[] }>(
      `/api/series?${new URLSearchParams({ subject: name, limit: '1' })}`,
    ),
    client.get<{ alerts: AlertView[] }>(`/api/alerts?${ofAlerts}`),
  ]);
  return series.length > 0 || alerts.length > 0;
}

function hintOf(name: string, names: readonly string[], list: string): string {
  const meant = nearName(name, names);
  return meant === undefined ? `; ${list}` : `; did you mean '${meant}'?`;
}
