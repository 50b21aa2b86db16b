import type { LivenessSignal, ProcessIdentity } from '@dreamnet/contracts';
import { formatIdentity } from '@dreamnet/os-linker';
import { type LivenessReading, readLiveness } from './liveness-watch.js';
import type { DaemonParts } from './parts.js';

interface Birth {
  name: string;
  identity: ProcessIdentity;
  /** When it was seen to run, epoch milliseconds. */
  at: number;
  /** A warm spare took over: it has booted. */
  isWarm?: boolean;
  /** An earlier daemon started it. */
  isAdopted?: boolean;
}

/** Tells OS Core that a process runs. If that comes late, a signal may have stopped it meanwhile, and that is not to be hidden. */
export function tellAlive({ core, clock }: Pick<DaemonParts, 'core' | 'clock'>, birth: Birth): void {
  const { name, identity, at, isWarm, isAdopted } = birth;
  core.signal({
    ...{ subsystem: name, state: 'alive', at, identity: formatIdentity(identity) },
    reason: reasonOf(identity),
    ...(isWarm && { isWarm }),
    ...(isAdopted && { isAdopted }),
  });
  const { state, kernelState } = readLiveness(identity);
  if (state === 'suspended') core.signal(lookSignal({ name, state, kernelState, identity }, clock.now()));
}

/** What a look at a process showed: it runs, or a signal has stopped it. */
export function lookSignal(
  { name, state, kernelState, identity }: LivenessReading,
  at: number,
): LivenessSignal {
  return {
    ...{ subsystem: name, state, at, identity: formatIdentity(identity) },
    reason: reasonOf(identity, state === 'suspended' ? kernelState : undefined),
    evidence: { pid: identity.pid, kernelState },
  };
}

function reasonOf({ pid }: ProcessIdentity, stoppedAs?: string): string {
  return stoppedAs === undefined
    ? `process ${pid} runs`
    : `process ${pid} is stopped (kernel state ${stoppedAs})`;
}
