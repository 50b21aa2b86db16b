import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Role } from '../daemon/state-dir.js';
import { checkRequest } from './request-check.js';

/** One route: what it is for, who may use it, what its body looks like, what it answers. */
export interface RouteDefinition {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  role: Role;
  summary: string;
  tag: string;
  /** Left out where the body may be left out: the handler then parses what there is. */
  body?: z.ZodType;
  /** JSON Schema of the query string's properties; all of them optional strings. */
  query?: readonly string[];
  answer: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Registers routes with validation, role and their page in the OpenAPI document. */
export function addRoutes(app: FastifyInstance, routes: readonly RouteDefinition[]): void {
  for (const route of routes)
    app.route({
      method: route.method,
      url: route.path,
      config: { role: route.role },
      schema: {
        summary: route.summary,
        tags: [route.tag],
        security: [{ token: [] }],
        ...(route.body && { body: route.body }),
        ...(route.query && {
          querystring: {
            type: 'object',
            properties: Object.fromEntries(route.query.map((name) => [name, { type: 'string' }])),
            additionalProperties: false,
          },
        }),
      },
      validatorCompiler: checkRequest,
      handler: async (request, reply) => route.answer(request, reply),
    });
}
