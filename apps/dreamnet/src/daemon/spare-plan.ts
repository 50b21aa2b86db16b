import type { SpareSpec } from '@dreamnet/contracts';
import type { AgentEntry } from '../config/schema.js';

/** A process without a protocol is never seen to serve: it counts as serving when it has run for a while. */
const LEAST_RUN_MS = 1000;

/** The spare an agent is to have; null for none. */
export function toSpare({ spare, protocol, restart }: AgentEntry): SpareSpec | null {
  if (spare.count === 0) return null;
  const runMs = Math.max(LEAST_RUN_MS, restart.backoff.resetAfter);
  return { waitsWithinMs: spare.waitsWithin, afterMs: protocol === 'none' ? runMs : null };
}
