import { type HealthCore, startGraceMs } from './health-core.js';
import type { HealthRecord } from './health-record.js';
import { silenceLimitMs } from './phi-accrual.js';

/** A sender that declares no time to live and is too new to be known may be silent this long. */
export const UNDECLARED_TTL_MS = 60_000;
/** However regular a sender is, a silence shorter than this share of its time to live is none. */
const LEAST_SHARE_OF_TTL = 1 / 20;

/**
 * How long the sender may be silent before its heartbeats count as missing: by its own word, its rhythm, or what is assumed.
 *
 * @returns ms; infinite for one that promised no next report and declared no time to live.
 */
export function longestSilenceMs(core: HealthCore, record: HealthRecord): number {
  const ttlMs = Number.isNaN(record.ttlMs) ? record.manifest.heartbeat?.ttlMs : record.ttlMs;
  if (record.isIrregular && record.hasBeaten) return ttlMs ?? Number.POSITIVE_INFINITY;
  if (!record.hasBeaten) return Math.max(ttlMs ?? UNDECLARED_TTL_MS, startGraceMs(core, record));
  const learnedMs = record.arrivalCount > 0 ? silenceLimitMs(record, core.settings.phiThreshold) : undefined;
  const longestMs = ttlMs ?? UNDECLARED_TTL_MS;
  if (learnedMs === undefined) return longestMs;
  // Without a declared one the rhythm alone counts: a slow sender may be slower than what is assumed.
  const silenceMs = Math.max(learnedMs, longestMs * LEAST_SHARE_OF_TTL);
  return ttlMs === undefined ? silenceMs : Math.min(ttlMs, silenceMs);
}
