import { Readable } from 'node:stream';
import type { Clock, PostedAlert } from '@dreamnet/contracts';
import type { AlertDelivery, PostRefusal } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import type { FastifyContextConfig, FastifyInstance, FastifyReply } from 'fastify';
import type { Role } from '../../daemon/state-dir.js';
import { programError } from '../../errors.js';
import { VERSION } from '../../version.js';
import { checkUnfolding } from '../json-unfolding.js';
import { type Access, answerRefusal, bodyOf, JSON_TYPE } from './exchange.js';
import { readPostedAlerts } from './posted-alerts.js';
import { type RawQuery, readAlertQuery } from './query.js';
import { refusal } from './refusal.js';
import { alertChunks, groupChunks } from './shown-alerts.js';
import { addSilenceRoutes } from './silence-routes.js';

/** What Alertmanager's API is answered from. */
export interface AlertmanagerParts {
  delivery: AlertDelivery;
  clock: Clock;
  /** Epoch ms. */
  startedAt: number;
  /** The configuration as it may be shown: without secrets. */
  shownConfig: () => string;
  isReady: () => boolean;
  /** Puts the file as it is now in force. @throws When it cannot be; the old one then stays in force. */
  reload: () => Promise<void>;
  /** Told when alerts are refused because as many as may be held are. */
  onFull?: (message: string) => void;
  /** Who may look and who may change; left out where everybody on this machine may. */
  roles?: { read: Role; write: Role };
}

/** A Prometheus sends far less at once; a listing that was saved and is posted again may be large. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** Problems named in one answer; what is wrong with one alert is mostly wrong with all. */
const SHOWN_PROBLEMS = 10;
/** So many alerts are taken in within some milliseconds. */
const MOST_AT_ONCE = 1000;
/** Alerts that nobody repeats end within minutes. */
const RETRY_AFTER_SECONDS = 60;
const TEXT = 'text/plain; charset=utf-8';

/**
 * Alertmanager's API v2 with its lifecycle pages, so that Prometheus, amtool and dashboards need not know whom they talk to.
 *
 * @source Alertmanager, api/v2/openapi.yaml
 */
export function addAlertmanagerRoutes(app: FastifyInstance, parts: AlertmanagerParts): void {
  const { roles } = parts;
  const reading: FastifyContextConfig = roles ? { role: roles.read } : {};
  const writing: FastifyContextConfig = roles ? { role: roles.write } : {};
  void app.register(async (scope) => {
    readBodiesAsText(scope);
    scope.setErrorHandler((thrown, _request, reply) => answerThrown(thrown, reply));
    addLifecycle(scope, parts, writing);
    addAlerts(scope, parts, { reading, writing });
    addSilenceRoutes(scope, parts.delivery.silences, { reading, writing });
    addStatus(scope, parts, reading);
  });
}

/** JSON is read by the routes themselves: they say what is wrong with it in Alertmanager's words. */
function readBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function answerThrown(thrown: unknown, reply: FastifyReply): FastifyReply {
  const { code, statusCode } = thrown as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const type = reply.request.headers['content-type'] ?? '';
    const message = `unsupported media type "${type}", only [application/json] are allowed`;
    return answerRefusal({ status: 415, body: { code: 415, message } }, reply);
  }
  const error = DreamnetError.from(thrown);
  const status = DreamnetError.is(thrown) ? error.httpStatus : (statusCode ?? 500);
  // Closed at once, a sender that is still busy with its body would not read why.
  if (status === 413) void reply.removeHeader('connection');
  return answerRefusal({ status, body: { code: status, message: error.message } }, reply);
}

function addLifecycle(scope: FastifyInstance, parts: AlertmanagerParts, config: FastifyContextConfig): void {
  scope.get('/-/healthy', (_request, reply) => reply.type(TEXT).send('OK'));
  scope.get('/-/ready', (_request, reply) =>
    parts.isReady() ? reply.type(TEXT).send('OK') : reply.code(503).type(TEXT).send('Starting'),
  );
  scope.post('/-/reload', { config }, async (_request, reply) => {
    try {
      await parts.reload();
      return reply.type(TEXT).send('');
    } catch (thrown) {
      const { code, message } = DreamnetError.from(thrown);
      return reply.code(500).type(TEXT).send(`failed to reload config: ${code}: ${message}\n`);
    }
  });
}

function addAlerts(scope: FastifyInstance, parts: AlertmanagerParts, { reading, writing }: Access): void {
  const { delivery } = parts;
  scope.post('/api/v2/alerts', { config: writing, bodyLimit: BODY_LIMIT_BYTES }, (request, reply) => {
    checkUnfolding(bodyOf(request) ?? '');
    const read = readPostedAlerts(bodyOf(request));
    if (!read.ok) return answerRefusal(read.refusal, reply);
    if (read.alerts.length <= MOST_AT_ONCE) return answerPosted(parts, delivery.post(read.alerts), reply);
    return postInParts(delivery, read.alerts).then((refused) => answerPosted(parts, refused, reply));
  });
  scope.get('/api/v2/alerts', { config: reading }, (request, reply) => {
    const read = readAlertQuery(request.query as RawQuery);
    if (!read.ok) return answerRefusal(read.refusal, reply);
    return sendChunks(reply, alertChunks(delivery.eachAlert(read.query)));
  });
  scope.get('/api/v2/alerts/groups', { config: reading }, (request, reply) => {
    const read = readAlertQuery(request.query as RawQuery);
    if (!read.ok) return answerRefusal(read.refusal, reply);
    return sendChunks(reply, groupChunks(delivery.groups(read.query)));
  });
}

/** A file of 100,000 alerts takes a second to take in: whoever else asks or is to be told does not wait for it. */
async function postInParts(
  delivery: AlertDelivery,
  alerts: readonly PostedAlert[],
): Promise<readonly PostRefusal[]> {
  const refused: PostRefusal[] = [];
  for (let first = 0; first < alerts.length; first += MOST_AT_ONCE) {
    for (const one of delivery.post(alerts.slice(first, first + MOST_AT_ONCE)))
      refused.push({ ...one, index: first + one.index });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return refused;
}

function answerPosted(
  parts: AlertmanagerParts,
  refused: readonly PostRefusal[],
  reply: FastifyReply,
): FastifyReply {
  const full = refused.filter(({ isFull }) => isFull).length;
  if (full > 0) return answerFull(parts, full, reply);
  return refused.length > 0 ? answerRefusal(refusal(400, problemsText(refused)), reply) : reply.send();
}

/** Alertmanager has no such limit and so no words for it. */
function answerFull(parts: AlertmanagerParts, refused: number, reply: FastifyReply): FastifyReply {
  const { code, message } = programError('DN_ALERTS_FULL', { refused, limit: parts.delivery.room().limit });
  parts.onFull?.(message);
  void reply.header('retry-after', RETRY_AFTER_SECONDS);
  return answerRefusal({ status: 503, body: { code: 503, message: `${code}: ${message}` } }, reply);
}

function problemsText(refused: readonly PostRefusal[]): string {
  const shown = refused.slice(0, SHOWN_PROBLEMS).map(({ problem }) => problem);
  if (refused.length > shown.length) shown.push(`and ${refused.length - shown.length} more`);
  return shown.join('; ');
}

/** A short list goes out as one text; a long one as it is made. */
function sendChunks(reply: FastifyReply, chunks: Generator<string>): FastifyReply {
  const first = chunks.next();
  const second = chunks.next();
  void reply.type(JSON_TYPE);
  if (first.done) return reply.send('[]\n');
  if (second.done) return reply.send(first.value);
  const rest = function* () {
    yield first.value;
    yield second.value;
    yield* chunks;
  };
  return reply.send(Readable.from(rest(), { objectMode: false }));
}

function addStatus(scope: FastifyInstance, parts: AlertmanagerParts, config: FastifyContextConfig): void {
  scope.get('/api/v2/receivers', { config }, () => parts.delivery.receivers().map((name) => ({ name })));
  scope.get('/api/v2/status', { config }, () => ({
    cluster: { peers: [], status: 'disabled' },
    config: { original: parts.shownConfig() },
    uptime: new Date(parts.startedAt).toISOString(),
    versionInfo: {
      branch: 'dreamnet',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: '',
      version: VERSION,
    },
  }));
}
