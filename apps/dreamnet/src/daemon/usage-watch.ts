import type { TimerHandle } from '@dreamnet/contracts';
import type { DaemonParts } from './parts.js';

/** Takes what agents use into the history. */
export interface UsageWatch {
  start(): void;
  stop(): void;
}

/**
 * Every `history.every` the metrics `cpu` (cores) and `rss` (bytes) of each agent that runs. One look reads them all, and
 * whoever looked meanwhile shares it.
 *
 * @param names The agents of the fleet.
 */
export function createUsageWatch(
  { clock, core, supervisor, loaded }: DaemonParts,
  names: () => readonly string[],
): UsageWatch {
  let timer: TimerHandle | undefined;
  const look = () => {
    for (const name of names()) {
      const usage = supervisor.usage(name);
      if (usage && usage.cpu !== null) core.measure(name, { cpu: usage.cpu, rss: usage.residentBytes });
    }
    timer = clock.setTimeout(look, loaded().fleet.history.every);
  };
  return {
    start: () => {
      if (timer === undefined) look();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
    },
  };
}
