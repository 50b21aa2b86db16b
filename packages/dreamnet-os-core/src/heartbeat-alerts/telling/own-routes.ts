import type { LabelMatcher } from '@dreamnet/contracts';
import type { DeliveryConfig, RouteConfig } from '../../alert-delivery/alert-delivery-boundary.js';
import { ESCALATED_TO, type EscalationPolicy } from './escalation.js';
import { FAILING_RECEIVER, RECEIVER_LABEL } from './receiver-watch.js';

/**
 * The configuration with the routes that we need ourselves, before all others: escalated alerts go to the receiver of
 * their step, and the alert that a receiver fails goes to another one.
 */
export function withOwnRoutes(config: DeliveryConfig, policies: readonly EscalationPolicy[]): DeliveryConfig {
  const { route } = config;
  const routes = [...escalationRoutes(policies), ...failureRoutes(config), ...(route.routes ?? [])];
  return { ...config, route: { ...route, routes } };
}

function escalationRoutes(policies: readonly EscalationPolicy[]): RouteConfig[] {
  const receivers = new Set(policies.flatMap(({ steps }) => steps.map(({ receiver }) => receiver)));
  return [...receivers].map((receiver) => ({
    receiver,
    matchers: [equals(ESCALATED_TO, receiver)],
    groupWaitMs: 0,
  }));
}

/** With a single receiver there is nobody else to tell: the alert is seen where alerts are listed. */
function failureRoutes({ route, receivers }: DeliveryConfig): RouteConfig[] {
  const able = Object.keys(receivers).filter((name) => (receivers[name]?.length ?? 0) > 0);
  return able.flatMap((failing) => {
    const others = able.filter((name) => name !== failing);
    const other = others.find((name) => name === route.receiver) ?? others[0];
    if (other === undefined) return [];
    return {
      receiver: other,
      matchers: [equals('alertname', FAILING_RECEIVER), equals(RECEIVER_LABEL, failing)],
    };
  });
}

function equals(name: string, value: string): LabelMatcher {
  return { name, value, isEqual: true, isRegex: false };
}
