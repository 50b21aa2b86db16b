import fastify, { type FastifyInstance, type FastifySchema } from 'fastify';
import { z } from 'zod';
import type { DescribedRoute, DescribedRoutes } from './answers/described-route.js';
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
    const [{ default: swagger }, described] = await Promise.all([
      import('@fastify/swagger'),
      loadDescribed(),
    ]);
    const paper = fastify();
    await paper.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'DreamNet OS', version, license: { name: 'Apache-2.0' } },
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      },
      hideUntagged: true,
      transform: ({ schema, url, route }) => ({
        url,
        schema: withAnswers(withPlainBody(schema), described[`${String(route.method)} ${url}`]),
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

/** What routes answer is put into words only for who reads them. */
async function loadDescribed(): Promise<DescribedRoutes> {
  const [{ ALERT_ANSWERS }, { ALERTMANAGER_ANSWERS }] = await Promise.all([
    import('./answers/alert-answers.js'),
    import('./answers/alertmanager-answers.js'),
  ]);
  return { ...ALERT_ANSWERS, ...ALERTMANAGER_ANSWERS };
}

function withPlainBody(schema: FastifySchema): FastifySchema {
  return schema?.body instanceof z.ZodType ? { ...schema, body: asRouteSchema(schema.body) } : schema;
}

function withAnswers(schema: FastifySchema, described: DescribedRoute | undefined): FastifySchema {
  if (described === undefined) return schema;
  const { answers, summary, tag, body, query, type = 'application/json' } = described;
  const response = Object.entries(answers).map(([status, { description, schema: answer }]) => [
    status,
    answer === null
      ? { description, type: 'null' }
      : { description, content: { [type]: { schema: asRouteSchema(answer) } } },
  ]);
  return {
    ...schema,
    ...(summary !== undefined && { summary }),
    ...(tag !== undefined && { tags: [tag], security: [{ token: [] }] }),
    ...(body && { body: asRouteSchema(body) }),
    ...(query && { querystring: queryOf(query) }),
    response: Object.fromEntries(response),
  } as FastifySchema;
}

function queryOf(query: Readonly<Record<string, string>>) {
  const properties = Object.entries(query).map(([name, description]) => [
    name,
    { type: 'string', description },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}
