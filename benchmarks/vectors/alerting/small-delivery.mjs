import { createAlertDelivery } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';

/** A delivery with one swallowing receiver on a clock that stands at `at` (epoch ms). */
export function smallDelivery(at, parts = {}) {
  const clock = createFakeClock(at);
  const config = {
    route: { receiver: 'all', groupBy: ['...'], ...parts.route },
    inhibitRules: parts.inhibitRules ?? [],
    timeIntervals: parts.timeIntervals ?? {},
    receivers: { all: [] },
    resolveTimeoutMs: parts.resolveTimeoutMs ?? 300_000,
  };
  const delivery = createAlertDelivery({ clock, publish: () => undefined, config });
  delivery.start();
  return { clock, delivery, config };
}
