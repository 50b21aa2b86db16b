import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { asRouteSchema } from './schemas.js';

export interface OpenApiOptions {
  version: string;
  /** Registers the routes that are described, as it does for the server that answers them. */
  register: (app: FastifyInstance) => void;
}

/**
 * The description of the interface, made when it is first asked for: few ask, and it takes a package and a JSON Schema for
 * each body. The routes are registered a second time, with an instance that never listens.
 */
export function createOpenApi({ version, register }: OpenApiOptions): () => Promise<unknown> {
  let document: Promise<unknown> | undefined;
  const make = async () => {
    const { default: swagger } = await import('@fastify/swagger');
    const paper = fastify();
    await paper.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'DreamNet OS', version, license: { name: 'Apache-2.0' } },
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      },
      hideUntagged: true,
      transform: ({ schema, url }) => ({
        url,
        schema: schema?.body instanceof z.ZodType ? { ...schema, body: asRouteSchema(schema.body) } : schema,
      }),
    });
    register(paper);
    await paper.ready();
    const made = paper.swagger();
    await paper.close();
    return made;
  };
  return () => {
    document ??= make();
    return document;
  };
}
