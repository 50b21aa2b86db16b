import type { TimerHandle } from '@dreamnet/contracts';
import type { DaemonParts } from './parts.js';

/** Of a fleet that has just started: to open the files of 200 processes at once held everything up for 50 ms. */
const FOUND_A_TURN = 25;
/** Others may start processes faster than we find them. */
const MOST_TURNS = 100;

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
  let turn: NodeJS.Immediate | undefined;
  const look = () => {
    for (const name of names()) {
      const usage = supervisor.usage(name);
      if (usage && usage.cpu !== null) core.measure(name, { cpu: usage.cpu, rss: usage.residentBytes });
    }
    timer = clock.setTimeout(look, loaded().fleet.history.every);
  };
  const find = (turnsLeft: number) => {
    turn = undefined;
    if (turnsLeft === 0 || supervisor.findProcesses(FOUND_A_TURN)) look();
    else turn = setImmediate(find, turnsLeft - 1);
  };
  return {
    start: () => {
      if (timer === undefined) turn ??= setImmediate(find, MOST_TURNS);
    },
    stop: () => {
      clearImmediate(turn);
      if (timer !== undefined) clock.clearTimeout(timer);
    },
  };
}
