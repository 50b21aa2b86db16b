import { Readable } from 'node:stream';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../../daemon/state-dir.js';
import { pathValue } from '../request-values.js';
import {
  type Answer,
  type ApiRoute,
  errorAnswer,
  JSON_TYPE,
  type Pieces,
  wrongTypeAnswer,
} from './exchange.js';
import type { RawQuery } from './query.js';
import { type AlertmanagerParts, alertmanagerRoutes } from './routes.js';

/** Who may look and who may change; left out where everybody may. */
export interface ApiRoles {
  read: Role;
  write: Role;
}

/** Serves Alertmanager's API beside the daemon's own. */
export function addAlertmanagerRoutes(
  app: FastifyInstance,
  parts: AlertmanagerParts,
  roles?: ApiRoles,
): void {
  const configs: Readonly<Record<ApiRoute['access'], FastifyContextConfig>> = {
    open: {},
    reading: roles ? { role: roles.read } : {},
    writing: roles ? { role: roles.write } : {},
  };
  void app.register(async (scope) => {
    readBodiesAsText(scope);
    scope.setErrorHandler((thrown, _request, reply) => send(answerThrown(thrown, reply), reply));
    for (const { method, path, access, bodyLimitBytes, answer } of alertmanagerRoutes(parts))
      scope.route({
        ...{ method, url: path, config: configs[access] },
        ...(bodyLimitBytes !== undefined && { bodyLimit: bodyLimitBytes }),
        handler: async (request, reply) => send(await answer(askedOf(request)), reply),
      });
  });
}

/** JSON is read by the routes themselves: they say what is wrong with it in Alertmanager's words. */
function readBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function askedOf(request: FastifyRequest) {
  const { body, query } = request;
  const text = typeof body === 'string' ? body : undefined;
  return { query: query as RawQuery, id: pathValue(request, 'id'), body: text };
}

function answerThrown(thrown: unknown, reply: FastifyReply): Answer {
  const { code, statusCode } = thrown as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return wrongTypeAnswer(reply.request.headers['content-type'] ?? '');
  const answer = errorAnswer(thrown, statusCode);
  // Closed at once, a sender that is still busy with its body would not read why.
  if (answer.status === 413) void reply.removeHeader('connection');
  return answer;
}

function send({ status, type, body, headers = {} }: Answer, reply: FastifyReply): FastifyReply {
  void reply.code(status).headers(headers);
  if (type === undefined) return reply.send();
  void reply.type(type);
  return reply.send(typeof body === 'string' ? body : Readable.from(copiesOf(body), { objectMode: false }));
}

/** A stream asks for pieces before the ones before have gone. */
function* copiesOf(pieces: Pieces): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}
