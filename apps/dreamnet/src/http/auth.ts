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

const SCHEME = 'Bearer ';

/**
 * Checks the bearer token against the role the route asks for.
 *
 * @throws DN_API_UNAUTHORIZED, DN_API_FORBIDDEN
 */
export function authorize(request: FastifyRequest, identify: (token: string) => Caller | undefined): void {
  const needed = request.routeOptions.config.role;
  if (needed === undefined) return;
  const token = bearerToken(request.headers.authorization);
  const caller = token === undefined ? undefined : identify(token);
  if (!caller) throw programError('DN_API_UNAUTHORIZED');
  if (!allows(caller.role, needed)) throw programError('DN_API_FORBIDDEN', { needed, role: caller.role });
  request.caller = caller;
}

/**
 * Whether a caller of this role may use a route that asks for `needed`. A viewer may not use what agents report by: a
 * report is believed, and restarts an agent or uses up its budget.
 */
export function allows(role: Role, needed: Role): boolean {
  if (needed === 'agent') return role !== 'viewer';
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The token of an Authorization header; undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.startsWith(SCHEME) && header.length > SCHEME.length
    ? header.slice(SCHEME.length)
    : undefined;
}

/** More callers than a fleet has; past it they are looked up anew. */
const MOST_CALLERS = 10_000;

/** Tokens stay the same while the daemon lives, so whom a good one belongs to is worked out once. Bad ones are not kept. */
export function rememberCallers(
  identify: (token: string) => Caller | undefined,
): (token: string) => Caller | undefined {
  const known = new Map<string, Caller>();
  return (token) => {
    const remembered = known.get(token);
    if (remembered !== undefined) return remembered;
    const caller = identify(token);
    if (caller === undefined) return undefined;
    if (known.size >= MOST_CALLERS) known.clear();
    known.set(token, caller);
    return caller;
  };
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
