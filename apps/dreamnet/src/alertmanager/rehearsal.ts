import { setFlagsFromString } from 'node:v8';
import type { Clock } from '@dreamnet/contracts';
import {
  type AlertDelivery,
  createAlertDelivery,
  type DeliveredAlert,
  type DeliveryConfig,
} from '@dreamnet/dreamnet-os-core/alert-delivery';
import type { ApiRoute } from '../http/alertmanager/exchange.js';
import { JsonBytes } from '../http/alertmanager/json-bytes.js';
import { readAlertQuery } from '../http/alertmanager/query.js';
import { alertmanagerRoutes } from '../http/alertmanager/routes.js';
import { alertChunks } from '../http/alertmanager/shown-alerts.js';

const BATCHES = 20;
const BATCH = 100;
const LISTINGS = 5;
const PATH = '/api/v2/alerts';
/** Compiled for one delivery alone, code would be thrown away at the first alert of another: the real one. */
const DELIVERIES = 2;

/** To be kept as long as the program runs: with the last object of a shape V8 throws away the code compiled for it. */
export interface Rehearsed {
  /** In the middle of it: it holds all that a listing is made with. */
  readonly listing: Iterator<DeliveredAlert>;
  readonly alerts: readonly DeliveredAlert[];
  readonly json: JsonBytes;
}

/** Bytes of code that a function runs before V8 thinks of compiling it well. */
const USUAL_BUDGET = 66 * 1024;
const SOON_BUDGET = USUAL_BUDGET / 4;

interface Stage {
  readonly delivery: AlertDelivery;
  readonly post: ApiRoute | undefined;
}

/**
 * Takes two thousand made-up alerts by a route of its own and lists them; nobody is told of them and nothing keeps them. It
 * takes less than a tenth of a second, and the code is compiled by then: the first real alerts, which mostly come all at
 * once, are taken with a fifth less of CPU time.
 *
 * @throws DN_CORE_DELIVERY_CONFIG_INVALID, DN_CORE_MATCHER_INVALID
 */
export function rehearse(clock: Clock, config: DeliveryConfig): Rehearsed {
  const stages = Array.from({ length: DELIVERIES }, () => createStage(clock, config));
  for (let batch = 0; batch < BATCHES; batch += 1) take(stages[batch % DELIVERIES], madeUpAlerts(batch));
  for (const { delivery } of stages) delivery.start();
  compilingSoon(() => listAll(stages));
  for (const { delivery } of stages) void delivery.stop(0);
  const kept = createStage(clock, config);
  // One that keeps another quiet, and that other.
  for (const batch of [0, DELIVERIES]) take(kept, madeUpAlerts(batch).slice(0, 1));
  const listing = eachAlertOf(kept)[Symbol.iterator]();
  listing.next();
  return { listing, alerts: [...eachAlertOf(kept)], json: new JsonBytes() };
}

function take(stage: Stage | undefined, alerts: readonly object[]): void {
  void stage?.post?.answer({ query: {}, id: '', body: JSON.stringify(alerts) });
}

/**
 * One after the other, as they are asked for: a listing of anything else would be compiled for that. All in one place: each would
 * leave its own 300 KB of buffers behind.
 */
function listAll(stages: readonly Stage[]): void {
  const json = new JsonBytes();
  for (let listing = 0; listing < LISTINGS; listing += 1)
    for (const stage of stages) {
      const chunks = alertChunks(eachAlertOf(stage), json);
      while (chunks.next().done !== true);
    }
}

/** By a query as the route reads it. */
function eachAlertOf({ delivery }: Stage): Iterable<DeliveredAlert> {
  const read = readAlertQuery({});
  return read.ok ? delivery.eachAlert(read.query) : [];
}

/** V8 waits until a function has run often before it compiles it well; what is rehearsed will. */
function compilingSoon(work: () => void): void {
  setFlagsFromString(`--interrupt-budget=${SOON_BUDGET}`);
  try {
    work();
  } finally {
    setFlagsFromString(`--interrupt-budget=${USUAL_BUDGET}`);
  }
}

function createStage(clock: Clock, config: DeliveryConfig): Stage {
  const receivers = Object.fromEntries(Object.keys(config.receivers).map((name) => [name, []]));
  const delivery = createAlertDelivery({
    clock,
    publish: () => undefined,
    config: { ...config, receivers, inhibitRules: [...config.inhibitRules, INHIBITION] },
  });
  const routes = alertmanagerRoutes({
    ...{ delivery, clock, startedAt: 0, shownConfig: () => '', isReady: () => true },
    reload: async () => undefined,
  });
  return {
    delivery,
    post: routes.find(({ method, path }) => method === 'POST' && path === PATH),
  };
}

const matcher = (value: string) => ({ name: 'alertname', value, isRegex: false, isEqual: true });

/** A listing shows those that another alert keeps quiet, too. */
const INHIBITION: DeliveryConfig['inhibitRules'][number] = {
  sources: [[matcher('RehearsalSource')]],
  targets: [matcher('Rehearsal')],
  equal: ['node'],
};

/** The first batch of each delivery keeps every other alert of the following ones quiet. */
function madeUpAlerts(batch: number): object[] {
  const isSource = batch < DELIVERIES;
  const nodeOf = (place: number) => (isSource || place % 2 === 0 ? `n${place}` : `m${place}`);
  return Array.from({ length: BATCH }, (_, place) => ({
    labels: {
      alertname: isSource ? 'RehearsalSource' : 'Rehearsal',
      severity: 'none',
      id: `${batch * BATCH + place}`,
      node: nodeOf(place),
    },
    annotations: { summary: `alert ${place} of a rehearsal` },
  }));
}
