import { coreError } from '../../errors.js';
import type { DeliveryConfig, RouteConfig } from '../alert-delivery-boundary.js';

/**
 * Refuses a configuration that could lose an alert or name what is not there.
 *
 * @throws DN_CORE_DELIVERY_CONFIG_INVALID
 */
export function checkDeliveryConfig(config: DeliveryConfig): void {
  const problem = problemOfRoot(config) ?? problemOfRoute(config, config.route, 'route');
  if (problem !== undefined) throw coreError('DN_CORE_DELIVERY_CONFIG_INVALID', { problem });
}

function problemOfRoot({ route, receivers }: DeliveryConfig): string | undefined {
  if (!route.receiver) return 'the root route names no receiver';
  if (route.matchers && route.matchers.length > 0)
    return 'the root route has matchers, but it takes every alert';
  if (route.muteTimeIntervals?.length || route.activeTimeIntervals?.length)
    return 'the root route has time intervals: put them on a route under it';
  for (const [receiver, notifiers] of Object.entries(receivers)) {
    const names = new Set(notifiers.map(({ name }) => name));
    if (names.size < notifiers.length) return `receiver '${receiver}' has two notifiers of one name`;
  }
  return undefined;
}

function problemOfRoute(config: DeliveryConfig, route: RouteConfig, place: string): string | undefined {
  if (route.receiver !== undefined && !Object.hasOwn(config.receivers, route.receiver))
    return `${place} names the receiver '${route.receiver}', which there is not`;
  for (const name of [...(route.muteTimeIntervals ?? []), ...(route.activeTimeIntervals ?? [])])
    if (!Object.hasOwn(config.timeIntervals, name))
      return `${place} names the time interval '${name}', which there is not`;
  const problem = problemOfTimes(route, place);
  if (problem !== undefined) return problem;
  for (const [at, child] of (route.routes ?? []).entries()) {
    const found = problemOfRoute(config, child, `${place}.routes[${at}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function problemOfTimes(route: RouteConfig, place: string): string | undefined {
  if (route.groupWaitMs !== undefined && !(route.groupWaitMs >= 0))
    return `${place}: groupWaitMs is negative`;
  if (route.groupIntervalMs !== undefined && !(route.groupIntervalMs > 0))
    return `${place}: groupIntervalMs is not above 0`;
  if (route.repeatIntervalMs !== undefined && !(route.repeatIntervalMs > 0))
    return `${place}: repeatIntervalMs is not above 0`;
  return undefined;
}
