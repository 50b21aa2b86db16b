import type { DreamNetOSCoreFacade, SilenceDesk } from '@dreamnet/dreamnet-os-core';
import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { addAlertmanagerRoutes } from './alertmanager/fastify-routes.js';
import type { AlertmanagerParts } from './alertmanager/routes.js';
import { showDeliveryConfig } from './alertmanager/shown-config.js';

/** Alertmanager's API in the daemon: a Prometheus posts to the fleet's receivers; amtool looks, silences and reloads. */
export function addAlertmanagerApi(app: FastifyInstance, daemon: Daemon): void {
  const { core, clock } = daemon;
  const parts: AlertmanagerParts = {
    delivery: { ...core.delivery, silences: auditedSilences(core) },
    clock,
    startedAt: clock.now(),
    shownConfig: () => showDeliveryConfig(daemon.alertConfig()),
    isReady: daemon.isReady,
    reload: async () => void (await daemon.apply('reload')),
  };
  addAlertmanagerRoutes(app, parts, { read: 'viewer', write: 'operator' });
}

/** Whose API it is, where nobody says a name. */
const API_CLIENT = "a client of Alertmanager's API";

/** Silences are set and ended by way of the core, which announces each change in the audit log first. */
function auditedSilences(core: DreamNetOSCoreFacade): SilenceDesk {
  const desk = core.delivery.silences;
  return {
    set: (draft) => core.silence({ ...draft, createdBy: draft.createdBy || API_CLIENT }),
    expire: (id) => core.expireSilence(id, API_CLIENT),
    get: (id) => desk.get(id),
    stateOf: (silence) => desk.stateOf(silence),
    silencing: (labels, now) => desk.silencing(labels, now),
    list: (matchers) => desk.list(matchers),
  };
}
