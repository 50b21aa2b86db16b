import type { AgentFleet } from './agent-fleet.js';
import type { DaemonOptions } from './daemon.js';
import type { DaemonParts } from './parts.js';

/** `ending`: agents with a process. `isHurried`: this was not the first time it was asked. */
export interface ShutdownAnswer {
  ending: string[];
  isHurried: boolean;
}

/** The end of a daemon as it is asked for: the first time in order, the second time at once. */
export interface Ending {
  request(leaveRunning: boolean, actor: string): Promise<ShutdownAnswer>;
  hurry(): void;
}

interface EndingOptions extends Pick<DaemonOptions, 'onShutdownRequest'> {
  isBegun: () => boolean;
}

/** @param how `isBegun`: has the end begun, also by a signal? */
export function createEnding(
  { core, supervisor }: DaemonParts,
  fleet: AgentFleet,
  { isBegun, onShutdownRequest }: EndingOptions,
): Ending {
  let isAsked = false;
  const running = () => fleet.list().flatMap(({ name }) => (supervisor.get(name)?.identity ? [name] : []));
  const hurry = () => supervisor.hurry(0);
  const record = (actor: string, details: Record<string, boolean>) =>
    core.audit.record({ actor, action: 'daemon.shutdown', target: 'daemon', details });
  return {
    request: async (leaveRunning, actor) => {
      if (isAsked || isBegun()) {
        hurry();
        // The store may be closed by then, and nobody is to wait for it.
        record(actor, { isHurried: true }).catch(() => undefined);
        return { ending: running(), isHurried: true };
      }
      await record(actor, { leaveRunning });
      isAsked = true;
      onShutdownRequest(leaveRunning);
      return { ending: leaveRunning ? [] : running(), isHurried: false };
    },
    hurry,
  };
}
