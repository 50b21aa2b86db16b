import type { FastifyRequest } from 'fastify';

/** One value of the path; the router has decoded it. */
export function pathValue(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? '';
}

/** One value of the query string. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  return (request.query as Readonly<Record<string, string | undefined>>)[name];
}
