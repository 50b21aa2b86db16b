import type { LivenessSignal, ProcessIdentity } from '@dreamnet/contracts';

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
