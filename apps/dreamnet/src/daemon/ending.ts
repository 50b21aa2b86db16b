import type { AgentFleet } from './agent-fleet.js';
import type { DaemonOptions } from './daemon.js';
import { recordOrLater } from './late-writes.js';
import type { DaemonParts } from './parts.js';

/** `ending`: agents with a process. `isHurried`: this was not the first time it was asked. */
export interface ShutdownAnswer {
  ending: string[];
  isHurried: boolean;
  /** Why the audit trail has nothing of it yet; left out when it has. */
  notKept?: string;
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
  parts: DaemonParts,
  fleet: AgentFleet,
  { isBegun, onShutdownRequest }: EndingOptions,
): Ending {
  const { core, supervisor } = parts;
  let isAsked = false;
  const running = () => fleet.list().flatMap(({ name }) => (supervisor.get(name)?.identity ? [name] : []));
  const hurry = () => supervisor.hurry(0);
  const entryOf = (actor: string, details: Record<string, boolean>) => ({
    ...{ actor, action: 'daemon.shutdown', target: 'daemon', details },
  });
  return {
    request: async (leaveRunning, actor) => {
      if (isAsked || isBegun()) {
        hurry();
        // The store may be closed by then, and nobody is to wait for it.
        core.audit.record(entryOf(actor, { isHurried: true })).catch(() => undefined);
        return { ending: running(), isHurried: true };
      }
      isAsked = true;
      // A fleet that fills the disk must be ended all the same.
      const notKept = await recordOrLater(parts, entryOf(actor, { leaveRunning }));
      onShutdownRequest(leaveRunning);
      const ending = leaveRunning ? [] : running();
      return { ending, isHurried: false, ...(notKept !== undefined && { notKept }) };
    },
    hurry,
  };
}
