import type { GroupOutcome } from '@dreamnet/contracts';
import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { pathValue } from './request-values.js';
import { addRoutes } from './route.js';

/** Groups of agents: what they are, and start, stop, restart of a whole one. */
export function addGroupRoutes(app: FastifyInstance, { groups, starts }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/groups',
      role: 'viewer',
      tag: 'groups',
      summary: 'Groups: their members, where they stand, what was decided last and why',
      answer: () => ({ groups: groups.list() }),
    },
    {
      method: 'GET',
      path: '/api/groups/:name',
      role: 'viewer',
      tag: 'groups',
      summary: 'One group',
      answer: (request) => groups.get(pathValue(request, 'name')),
    },
    {
      method: 'POST',
      path: '/api/groups/:name/:verb',
      role: 'operator',
      tag: 'groups',
      summary:
        'start, stop or restart a whole group, in order; `notRunning` names those that do not run although they should',
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const verb = pathValue(request, 'verb');
        if (verb !== 'start' && verb !== 'stop' && verb !== 'restart')
          throw programError('DN_API_NOT_FOUND', { kind: 'group action', name: verb });
        const asked = groups.get(name);
        const notKept = await groups[verb](name, actorOf(request));
        // A change of the fleet file may have taken the group away meanwhile; what was asked for has been done all the same.
        const notRunning = verb === 'stop' ? [] : await starts.settle(groups.lookAgain(asked).agents);
        const now = groups.lookAgain(asked);
        return { ...now, notRunning, ...(notKept && { notKept }) } satisfies GroupOutcome;
      },
    },
  ]);
}
