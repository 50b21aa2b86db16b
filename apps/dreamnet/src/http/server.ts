import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { DreamnetError, systemClock } from '@dreamnet/kit';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { ZodError } from 'zod';
import type { Caller } from '../daemon/state-dir.js';
import { programError } from '../errors.js';
import type { ReportBodyTools } from '../ingest/report-bodies.js';
import { authorize, rememberCallers } from './auth.js';
import { createBodyBudget, SMALL_BODY_BYTES } from './body-budget.js';
import { fileLimit, HEADER_TIMEOUTS, mostConnections } from './connection-limits.js';
import { addConsoleFiles } from './console-files.js';
import { createHeartbeatLane, type FastLane } from './heartbeat-lane.js';
import { joinPieces, mayBeInManyPieces } from './joined-body.js';
import { createOpenApi } from './openapi.js';

export interface ServerOptions {
  identify: (token: string) => Caller | undefined;
  /** Folder of the built console; left out when it was not built. */
  consoleDir: string;
  version: string;
  /** Hosts a browser may name: anything else is another page trying to reach us through DNS. */
  allowedHosts: readonly string[];
  /** Most of them at a time. Default: as many as the limit of open files leaves room for, up to 10 000. */
  connections?: number;
  /** Where reports go; without it only the routes take them. */
  reports?: ReportBodyTools;
  /** Why nothing new is taken now; what watches and quickens an end is. Default: everything is taken. */
  refusal?: () => DreamnetError | undefined;
  /** Why nothing that is ordered could be kept: then only what looks is answered. Default: everything can. */
  orderProblem?: () => DreamnetError | undefined;
  /** Routes are registered here, before the server listens. */
  register: (app: FastifyInstance) => void;
}

/** A report, a call or a configuration is far below this; a 10 MB heartbeat is an accident or an attack. */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** Taken while the daemon ends. */
const WHILE_ENDING: ReadonlySet<string> = new Set(['/livez', '/readyz', '/api/ps', '/api/shutdown']);
const LOOKS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A client that opens a connection and sends nothing gives it back after this. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The daemon's HTTP server, not yet listening.
 *
 * @returns The fastify instance: `listen`, `close`.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const isAllowedHost = hostCheck(options.allowedHosts);
  const identify = rememberCallers(options.identify);
  const budget = createBodyBudget();
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: HEADER_TIMEOUTS,
    forceCloseConnections: true,
    // A path that cannot be decoded, a part of it that is too long: refused before any route is looked for.
    frameworkErrors: (thrown, _request, reply) => answerError(thrown, reply as FastifyReply),
    clientErrorHandler: refuseUnreadable,
  });
  app.server.maxConnections = options.connections ?? mostConnections(fileLimit());
  app.setErrorHandler((thrown, _request, reply) => answerError(thrown, reply));
  app.setNotFoundHandler((request, reply) => {
    const error = programError('DN_API_NOT_FOUND', {
      kind: 'page',
      name: `${request.method} ${request.url}`,
    });
    void reply.code(404).send({ error: error.toJSON() });
  });
  // No async function: reports come by the ten thousands a second, and a promise each is felt.
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    const host = request.headers.host ?? '';
    if (!isAllowedHost(host))
      throw programError('DN_API_BAD_INPUT', {
        where: 'Host',
        why: `'${withoutPort(host)}' is not a name of this daemon`,
      });
    authorize(request, identify);
    const refusal = options.refusal?.() ?? (isOrder(request) ? options.orderProblem?.() : undefined);
    if (refusal && !WHILE_ENDING.has(pathOf(request.url))) throw refusal;
    budget.admit({ headers: request.headers, limitBytes: request.routeOptions.bodyLimit ?? 0 }, reply.raw);
    done();
  });
  const clock = options.reports?.clock ?? systemClock();
  app.addHook('preParsing', (request, _reply, body, done) => {
    done(null, mayBeInManyPieces(request) ? joinPieces(body as Readable, clock) : body);
  });
  const describe = createOpenApi(options);
  app.get('/api/openapi.json', { config: { role: 'viewer' } }, describe);
  options.register(app);
  if (existsSync(options.consoleDir)) addConsoleFiles(app, options.consoleDir);
  if (options.reports) {
    // Larger ones go by the routes, where the budget is.
    const bodyLimitBytes = SMALL_BODY_BYTES;
    const lane = createHeartbeatLane({ ...options.reports, identify, isAllowedHost, bodyLimitBytes });
    openLane(app, (request, response) => options.refusal?.() === undefined && lane(request, response));
  }
  return app;
}

/** Whatever is to be kept; a call of an agent is answered and over. */
function isOrder({ method, url }: { method: string; url: string }): boolean {
  return !LOOKS.has(method) && pathOf(url) !== '/api/call';
}

/** Asks the lane first; what it does not take goes to the routes. */
function openLane({ server }: FastifyInstance, lane: FastLane): void {
  const routes = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (!lane(request, response)) for (const route of routes) route.call(server, request, response);
  });
}

function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** The last host seen is most often the next one. */
function hostCheck(allowed: readonly string[]): (host: string) => boolean {
  let last: string | undefined;
  return (host) => {
    if (host === last) return true;
    if (!allowed.includes(withoutPort(host))) return false;
    last = host;
    return true;
  };
}

function answerError(thrown: unknown, reply: FastifyReply): void {
  const error = asCoded(thrown, reply.request.routeOptions.bodyLimit);
  // Closing at once would cut off a sender that is still busy with its body, before it reads why: the rest is read and dropped.
  if (error.httpStatus === 413) void reply.removeHeader('connection');
  void reply.code(error.httpStatus).send({ error: error.toJSON() });
}

/** What is no HTTP request at all gets the same kind of answer, written by hand: there is no request to reply to. */
function refuseUnreadable(thrown: Error & { code?: string }, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, why] = UNREADABLE[thrown.code ?? ''] ?? ['400 Bad Request', 'this is not an HTTP request'];
  const body = JSON.stringify({
    error: programError('DN_API_BAD_INPUT', { where: 'request', why }).toJSON(),
  });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  if (socket.writable) socket.write(head + body);
  socket.destroySoon();
}

/** By Node's code of the error. */
const UNREADABLE: Readonly<Record<string, readonly [status: string, why: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the address and the headers are too long'],
};

function asCoded(thrown: unknown, bodyLimitBytes = BODY_LIMIT_BYTES): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  if (thrown instanceof ZodError) {
    const [issue] = thrown.issues;
    const where = issue?.path.map(String).join('.') || 'body';
    return programError('DN_API_BAD_INPUT', { where, why: issue?.message ?? 'not understood' });
  }
  const error = thrown as {
    code?: string;
    message?: string;
    statusCode?: number;
    validation?: unknown;
    validationContext?: string;
  };
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return programError('DN_API_TOO_LARGE', { limit: bodyLimitBytes });
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return programError('DN_API_WRONG_MEDIA_TYPE', { expected: 'application/json' });
  if (error.validation !== undefined || (error.statusCode ?? 500) < 500)
    return programError('DN_API_BAD_INPUT', {
      where: error.validationContext ?? 'request',
      why: error.message ?? 'not understood',
    });
  return DreamnetError.from(thrown);
}
