import type { EventType } from '@dreamnet/contracts';

/** Every event type there is; the compiler refuses this table when contracts gains or loses one. */
const TYPES = {
  'daemon.started': true,
  'daemon.stopping': true,
  'process.started': true,
  'process.exited': true,
  'process.phase-changed': true,
  'process.circuit-opened': true,
  'start.delayed': true,
  'start.released': true,
  'group.restart-begun': true,
  'group.restarted': true,
  'group.gave-up': true,
  'group.recovered': true,
  'agent.status-changed': true,
  'health.changed': true,
  'health.scored': true,
  'alert.detected': true,
  'alert.activated': true,
  'alert.inhibited': true,
  'alert.acknowledged': true,
  'alert.resolved': true,
  'alert.closed': true,
  'alert.escalated': true,
  'gap.detected': true,
  'gap.fixed': true,
  'remedy.changed': true,
  'incident.opened': true,
  'incident.advanced': true,
  'incident.resolved': true,
  'route.announced': true,
  'route.withdrawn': true,
  'call.finished': true,
  'binding.changed': true,
  'network.refused': true,
  'budget.refused': true,
  'budget.changed': true,
  'spending.frozen': true,
  'spending.released': true,
  'config.applied': true,
  'notification.published': true,
  'notification.failed': true,
  'store.failed': true,
  'audit.recorded': true,
} as const satisfies Record<EventType, true>;

/** Is it the type of an event of ours? */
export function isEventType(value: unknown): value is EventType {
  return typeof value === 'string' && Object.hasOwn(TYPES, value);
}
