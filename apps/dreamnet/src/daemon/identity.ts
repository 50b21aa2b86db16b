import type { ProcessIdentity } from '@dreamnet/contracts';

/** `pid:startTicks`: the form in which identities are compared and shown everywhere. */
export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid}:${identity.startTicks}`;
}
