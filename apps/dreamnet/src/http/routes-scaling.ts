import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Daemon } from '../daemon/daemon.js';
import { actorOf } from './auth.js';
import { pathValue } from './request-values.js';
import { addRoutes } from './route.js';

const scaleSchema = z.strictObject({
  replicas: z.union([z.int().min(0).max(1000), z.literal('auto')]),
});
const rollSchema = z.strictObject({ maxUnavailable: z.union([z.literal(0), z.literal(1)]).optional() });

/** How many processes an agent has, and replacing them without a gap. */
export function addScalingRoutes(app: FastifyInstance, { linker, scaling, views }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/agents/:name/scale',
      role: 'viewer',
      tag: 'agents',
      summary: 'How many processes an agent has, the rule that decides it and the last decisions',
      answer: (request) => views.scale(pathValue(request, 'name')),
    },
    {
      method: 'POST',
      path: '/api/agents/:name/scale',
      role: 'operator',
      tag: 'agents',
      summary: 'Set the number of its replicas, or let it follow its metric again',
      body: scaleSchema,
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const { replicas } = scaleSchema.parse(request.body);
        if (replicas === 'auto') await scaling.scale(name, replicas, actorOf(request));
        else await linker.scale(name, replicas, actorOf(request));
        return views.scale(name);
      },
    },
    {
      method: 'POST',
      path: '/api/agents/:name/roll',
      role: 'operator',
      tag: 'agents',
      summary: 'Begin to replace its processes one after the other; its scale shows how far it is',
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const { maxUnavailable } = rollSchema.parse(request.body ?? {});
        await scaling.roll(name, maxUnavailable, actorOf(request));
        return views.scale(name);
      },
    },
  ]);
}
