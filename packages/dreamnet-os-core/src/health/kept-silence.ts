import { LEAST_LISTENING_MS, type Silence } from '../os-store/heard-book.js';
import type { HealthCore } from './health-core.js';
import type { HealthRecord } from './health-record.js';
import { pauseAllowedMs } from './sender-pause.js';

/** When a silence has lasted too long, monotonic ms. Who had been silent before our start gets to be heard after it. */
export function silenceEndMs(core: HealthCore, record: HealthRecord, limit: number): number {
  const endMs = record.lastSeenMs + limit + pauseAllowedMs(core, record);
  if (record.hasBeaten) return endMs;
  return Math.max(endMs, core.startedMs + Math.min(limit, LEAST_LISTENING_MS));
}

/** What of silence is to be kept for the next life: of those who may be silent for longer than a start is waited for. */
export function* silencesOf(core: HealthCore): Generator<Silence> {
  const nowMs = core.clock.monotonic();
  for (const { name, hasBeats, manifest, lastSeenMs } of core.records.values()) {
    const limit = manifest.heartbeat?.ttlMs ?? 0;
    if (hasBeats && limit > LEAST_LISTENING_MS)
      yield {
        key: beatKey(name),
        subject: { subsystem: name },
        silentMs: nowMs - lastSeenMs,
        limitMs: limit,
      };
  }
}

/** How long it had been silent when an earlier life ended, and since our start; 0 when that is not known. */
export function leftSilenceMs(core: HealthCore, record: HealthRecord): number {
  return core.heard?.silentMs(beatKey(record.name)) ?? 0;
}

/** Of what an earlier life heard nothing counts any more: it was heard, or another process stands behind the name. */
export function forgetSilence(core: HealthCore, record: HealthRecord): void {
  core.heard?.take(beatKey(record.name));
}

function beatKey(name: string): string {
  return `beat/${name}`;
}
