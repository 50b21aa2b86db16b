import type { FastifyRequest } from 'fastify';
import { type Caller, ROLES, type Role } from '../daemon/state-dir.js';
import { programError } from '../errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a handler of a route with a role runs. */
    caller?: Caller;
  }
  interface FastifyContextConfig {
    /** The least role that may use the route; open to everybody on loopback when left out. */
    role?: Role;
  }
}

/**
 * Checks the bearer token against the role the route asks for.
 *
 * @throws DN_API_UNAUTHORIZED, DN_API_FORBIDDEN
 */
export function authorize(request: FastifyRequest, identify: (token: string) => Caller | undefined): void {
  const needed = request.routeOptions.config.role;
  if (needed === undefined) return;
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const caller = token === undefined ? undefined : identify(token);
  if (!caller) throw programError('DN_API_UNAUTHORIZED');
  if (ROLES.indexOf(caller.role) < ROLES.indexOf(needed))
    throw programError('DN_API_FORBIDDEN', { needed, role: caller.role });
  request.caller = caller;
}

/** Who asked, as the audit trail names them. */
export function actorOf(request: FastifyRequest): string {
  const { caller } = request;
  return caller === undefined
    ? 'anonymous'
    : caller.agent === undefined
      ? caller.role
      : `agent:${caller.agent}`;
}
