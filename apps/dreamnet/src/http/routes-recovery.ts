import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { addRoutes, pathValue } from './route.js';

/** Incidents, recovery actions, integration gaps. */
export function addRecoveryRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { core } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/incidents',
      role: 'viewer',
      tag: 'recovery',
      summary: 'Incidents, newest first, with what was seen, decided, done and verified',
      answer: () => ({ incidents: core.incidents() }),
    },
    {
      method: 'GET',
      path: '/api/recovery-actions',
      role: 'viewer',
      tag: 'recovery',
      summary: 'Recovery actions, newest first',
      answer: () => ({ actions: core.recoveryActions() }),
    },
    {
      method: 'POST',
      path: '/api/recovery-actions/:id/:verb',
      role: 'operator',
      tag: 'recovery',
      summary: 'approve, reject or execute a recovery action',
      answer: async (request) => {
        const id = pathValue(request, 'id');
        const verb = pathValue(request, 'verb');
        const actor = actorOf(request);
        if (!core.recoveryActions().some((action) => action.id === id))
          throw programError('DN_API_NOT_FOUND', { kind: 'recovery action', name: id });
        const answer =
          verb === 'approve'
            ? core.approve(id, actor)
            : verb === 'reject'
              ? core.reject(id, actor)
              : verb === 'execute'
                ? core.executeRecovery(id, actor)
                : undefined;
        if (!answer) throw programError('DN_API_NOT_FOUND', { kind: 'recovery verb', name: verb });
        const outcome = await answer;
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
      summary: 'Mend what can be mended, within the recovery policy',
      answer: async () => {
        const results = core.autoFixIntegrationGaps(daemon.watchList.context());
        return { results };
      },
    },
  ]);
}
