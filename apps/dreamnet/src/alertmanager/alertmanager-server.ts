import { renderDeliveryMetrics } from '../http/alertmanager/delivery-metrics.js';
import type { ApiRoute } from '../http/alertmanager/exchange.js';
import { type AlertmanagerParts, alertmanagerRoutes } from '../http/alertmanager/routes.js';
import { processFamilies, renderFamilies } from '../http/exposition.js';
import type { AlertmanagerService } from './alertmanager.js';
import { type ApiServer, createApiServer } from './api-server.js';

export interface AlertmanagerServerOptions {
  service: AlertmanagerService;
  parts: AlertmanagerParts;
  /** Names a browser may call us by. */
  allowedHosts: readonly string[];
}

/** The server of the stand-alone mode, not yet listening: Alertmanager's API and `/metrics`, without tokens. */
export function createAlertmanagerServer(options: AlertmanagerServerOptions): ApiServer {
  const { service, parts, allowedHosts } = options;
  const metrics: ApiRoute = {
    ...{ method: 'GET', path: '/metrics', access: 'open' },
    answer: () => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body:
        renderDeliveryMetrics(service.delivery.figures(), 'alertmanager', service.reloadState) +
        renderFamilies(processFamilies()),
    }),
  };
  return createApiServer([...alertmanagerRoutes(parts), metrics], allowedHosts);
}
