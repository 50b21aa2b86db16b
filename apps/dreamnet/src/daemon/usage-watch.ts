import type { TimerHandle } from '@dreamnet/contracts';
import { workInTurns } from '@dreamnet/kit';
import type { DaemonParts } from './parts.js';

/** Of a fleet that has just started: to open the files of 200 processes at once held everything up for 50 ms. */
const FOUND_A_TURN = 25;
/** The processes that have just been started come first: to find them took a tenth of the time until the last of 200 ran. */
const FIRST_AFTER_MS = 1000;
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
  let isStarted = false;
  let isStopped = false;
  const take = (name: string) => {
    const usage = isStopped ? undefined : supervisor.usage(name);
    if (usage && usage.cpu !== null) core.measure(name, { cpu: usage.cpu, rss: usage.residentBytes });
  };
  // In turns: what a series is judged by is made when it begins, and a fleet that has just started begins two an agent.
  const look = async () => {
    await workInTurns(clock, names(), take);
    if (!isStopped) timer = clock.setTimeout(look, loaded().fleet.history.every);
  };
  const find = (turnsLeft: number) => {
    turn = undefined;
    if (turnsLeft === 0 || supervisor.findProcesses(FOUND_A_TURN)) void look();
    else turn = setImmediate(find, turnsLeft - 1);
  };
  return {
    start: () => {
      if (!isStarted) timer = clock.setTimeout(() => find(MOST_TURNS), FIRST_AFTER_MS);
      isStarted = true;
    },
    stop: () => {
      isStopped = true;
      clearImmediate(turn);
      if (timer !== undefined) clock.clearTimeout(timer);
    },
  };
}
