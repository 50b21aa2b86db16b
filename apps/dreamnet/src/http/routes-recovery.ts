import type { Incident, RecoveryAction } from '@dreamnet/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { partOf, readCursor } from './list-cursor.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';

const VERBS = ['approve', 'reject', 'execute'] as const;

/** Those somebody must look at come before those that are over; each newest first, as they were. */
function openFirst(incidents: readonly Incident[]): Incident[] {
  const isOpen = ({ state }: Incident) => state === 'open';
  return [...incidents.filter(isOpen), ...incidents.filter((incident) => !isOpen(incident))];
}

function limitOf(request: FastifyRequest): number | undefined {
  const text = queryValue(request, 'limit');
  if (text === undefined) return undefined;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw programError('DN_API_BAD_INPUT', {
    where: 'limit',
    why: `'${text}' is not a whole number from 1 on`,
  });
}

/**
 * A limit alone is for a glance, and what is open stands first. Pages are newest first: an incident that closes between
 * two of them keeps its place.
 */
function listIncidents(incidents: readonly Incident[], request: FastifyRequest) {
  const limit = limitOf(request);
  const after = readCursor(request, 0)?.place;
  const order = queryValue(request, 'order');
  if (order !== undefined && order !== 'newest')
    throw programError('DN_API_BAD_INPUT', { where: 'order', why: `'${order}' is not newest` });
  if (limit !== undefined && after === undefined && order === undefined)
    return { incidents: openFirst(incidents).slice(0, limit), next: null };
  const part = partOf(incidents, ({ openedAt, id }) => ({ at: openedAt, id }), { after, limit });
  return { incidents: part.shown, next: part.next };
}

function listActions(actions: readonly RecoveryAction[], request: FastifyRequest) {
  const { shown, next } = partOf(actions, ({ createdAt, id }) => ({ at: createdAt, id }), {
    after: readCursor(request, 0)?.place,
    limit: limitOf(request),
  });
  return { actions: shown, next };
}

/** Incidents, recovery actions, integration gaps. */
export function addRecoveryRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { core } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/incidents',
      role: 'viewer',
      tag: 'recovery',
      summary:
        'Incidents, newest first, with what was seen, decided, done and verified; with a limit alone open ones first; by order=newest or after a page at a time',
      query: ['limit', 'order', 'after'],
      answer: (request) => listIncidents(core.incidents(), request),
    },
    {
      method: 'GET',
      path: '/api/recovery-actions',
      role: 'viewer',
      tag: 'recovery',
      summary: 'Recovery actions, newest first, all or a page at a time',
      query: ['limit', 'after'],
      answer: (request) => listActions(core.recoveryActions(), request),
    },
    {
      method: 'POST',
      path: '/api/recovery-actions',
      role: 'operator',
      tag: 'recovery',
      summary:
        'Asks what could be done now: proposes it, carries nothing out; all recovery actions, newest first',
      answer: (request) => {
        core.generateRecoveryActions(daemon.watchList.context());
        return listActions(core.recoveryActions(), request);
      },
    },
    {
      method: 'POST',
      path: '/api/recovery-actions/:id/:verb',
      role: 'operator',
      tag: 'recovery',
      summary: 'approve, reject or execute a recovery action; on disk when it is answered',
      answer: async (request) => {
        const id = pathValue(request, 'id');
        const name = pathValue(request, 'verb');
        if (!core.recoveryActions().some((action) => action.id === id))
          throw programError('DN_API_NOT_FOUND', { kind: 'recovery action', name: id });
        const verb = VERBS.find((one) => one === name);
        if (verb === undefined) throw programError('DN_API_NOT_FOUND', { kind: 'recovery verb', name });
        const outcome = await core.decideRemedy(id, { verb, by: actorOf(request) });
        if (!outcome.ok) throw programError('DN_API_REFUSED', { why: outcome.because });
        return outcome;
      },
    },
  ]);
  addGapRoutes(app, daemon);
}

function addGapRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { core } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/gaps',
      role: 'viewer',
      tag: 'integration',
      summary: 'What is not wired up',
      answer: () => ({ gaps: core.getIntegrationGaps() }),
    },
    {
      method: 'POST',
      path: '/api/gaps/fix',
      role: 'operator',
      tag: 'integration',
      summary: 'Mend what can be mended, within the recovery policy; on disk when it is answered',
      answer: async () => {
        const results = core.autoFixIntegrationGaps(daemon.watchList.context());
        await core.decisionsKept('gaps fix');
        return { results };
      },
    },
  ]);
}
