import type { LivenessSignal, ProcessIdentity } from '@dreamnet/contracts';
import { readLiveness } from './liveness-watch.js';

/** `pid:startTicks`: the form in which identities are compared and shown everywhere. */
export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid}:${identity.startTicks}`;
}

/** A process of a subsystem runs. */
export function aliveSignal(subsystem: string, identity: ProcessIdentity, at: number): LivenessSignal {
  return {
    subsystem,
    state: 'alive',
    reason: `process ${identity.pid} runs`,
    at,
    identity: formatIdentity(identity),
  };
}

/** A signal has stopped the process of a subsystem: undefined while it runs, or is gone. */
export function stopSignal(
  subsystem: string,
  identity: ProcessIdentity,
  at: number,
): LivenessSignal | undefined {
  const { state, kernelState } = readLiveness(identity);
  if (state !== 'suspended') return undefined;
  return {
    ...{ subsystem, state, at, identity: formatIdentity(identity) },
    reason: `process ${identity.pid} is stopped (kernel state ${kernelState})`,
    evidence: { pid: identity.pid, kernelState },
  };
}
