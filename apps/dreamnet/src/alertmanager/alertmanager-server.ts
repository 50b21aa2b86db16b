import { DreamnetError } from '@dreamnet/kit';
import fastify, { type FastifyInstance } from 'fastify';
import { renderDeliveryMetrics } from '../http/alertmanager/delivery-metrics.js';
import { type AlertmanagerParts, addAlertmanagerRoutes } from '../http/alertmanager/routes.js';
import { createBodyBudget } from '../http/body-budget.js';
import { fileLimit, HEADER_TIMEOUTS, mostConnections } from '../http/connection-limits.js';
import { processFamilies, renderFamilies } from '../http/exposition.js';
import type { AlertmanagerService } from './alertmanager.js';

/** A client that opens a connection and sends nothing gives it back after this. */
const REQUEST_TIMEOUT_MS = 30_000;

/** No route here has a schema: bodies are read by hand, and fastify's two schema compilers are 150 files at the start. */
const NO_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

export interface AlertmanagerServerOptions {
  service: AlertmanagerService;
  parts: AlertmanagerParts;
  /** Names a browser may call us by: anything else is another page trying to reach us through DNS. */
  allowedHosts: readonly string[];
}

/** The server of the stand-alone mode, not yet listening: Alertmanager's API and `/metrics`, without tokens. */
export function createAlertmanagerServer({
  service,
  parts,
  allowedHosts,
}: AlertmanagerServerOptions): FastifyInstance {
  const app = fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: HEADER_TIMEOUTS,
    forceCloseConnections: true,
    schemaController: { compilersFactory: NO_SCHEMAS },
  });
  app.server.maxConnections = mostConnections(fileLimit());
  const budget = createBodyBudget();
  app.addHook('onRequest', (request, reply, done) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (!allowedHosts.includes(host)) {
      void reply.code(403).send({ code: 403, message: `'${host}' is not a name of this server` });
      return;
    }
    budget.admit(request, reply);
    done();
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/, '');
    void reply.code(404).send({ code: 404, message: `path ${path} was not found` });
  });
  app.setErrorHandler((thrown, _request, reply) => {
    void reply.code(500).send({ code: 500, message: DreamnetError.from(thrown).message });
  });
  app.get('/metrics', (_request, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(
        renderDeliveryMetrics(service.delivery.figures(), 'alertmanager', service.reloadState) +
          renderFamilies(processFamilies()),
      ),
  );
  addAlertmanagerRoutes(app, parts);
  return app;
}

function refuseSchema(): never {
  throw DreamnetError.from(
    'a route of the stand-alone mode has a schema, and nothing that compiles it is loaded',
  );
}
