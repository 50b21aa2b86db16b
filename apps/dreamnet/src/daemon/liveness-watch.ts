import type { Clock, Liveness, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { hasEnded, readProcessStat } from '../process-stat.js';

/** A process whose scheduling state is looked at. */
export interface WatchedProcess {
  name: string;
  everyMs: number;
  identity(): ProcessIdentity | null;
}

/** One look at a living or suspended process. */
export interface LivenessReading {
  name: string;
  state: Liveness;
  /** The letter of /proc/PID/stat. */
  kernelState: string;
  identity: ProcessIdentity;
}

/** What the kernel says of a process: `T` and `t` are stopped, `Z` and `X` are dead. */
export function readLiveness(identity: ProcessIdentity): { state: Liveness; kernelState: string } {
  const stat = readProcessStat(identity.pid);
  if (stat?.startTicks !== identity.startTicks) return { state: 'dead', kernelState: 'gone' };
  const kernelState = stat.state;
  if (kernelState === 'T' || kernelState === 't') return { state: 'suspended', kernelState };
  return { state: hasEnded(stat) ? 'dead' : 'alive', kernelState };
}

/**
 * Looks at each process every `everyMs`: the kernel tells nobody that a process was stopped, so this one thing
 * has to be asked. Exits are not its business: those arrive as events.
 *
 * @param onReading Called after each look at a living or suspended process.
 */
export function createLivenessWatch(clock: Clock, onReading: (reading: LivenessReading) => void) {
  const timers = new Map<string, TimerHandle>();
  const look = (watched: WatchedProcess) => {
    const identity = watched.identity();
    if (identity) {
      const { state, kernelState } = readLiveness(identity);
      if (state !== 'dead') onReading({ name: watched.name, state, kernelState, identity });
    }
    timers.set(
      watched.name,
      clock.setTimeout(() => look(watched), watched.everyMs),
    );
  };
  const unwatch = (name: string) => {
    const timer = timers.get(name);
    if (timer) clock.clearTimeout(timer);
    timers.delete(name);
  };
  return {
    watch: (watched: WatchedProcess) => {
      unwatch(watched.name);
      look(watched);
    },
    unwatch,
    stop: () => {
      for (const name of [...timers.keys()]) unwatch(name);
    },
  };
}
