import type { PsEntry } from '@dreamnet/contracts';

const NOT_ASKED = { state: 'unknown', reason: 'not asked any more: the daemon ends', ageMs: 0 } as const;
const ENDED = { state: 'dead', reason: 'ended with the daemon', ageMs: 0 } as const;

/**
 * An agent's process as `ps` shows it while the daemon ends: whoever kept its status and its health up to date hears nothing
 * any more, so what was said last is replaced by what is known, and that is whether its process is there.
 *
 * @param entry Its `pid` and `phase` are of this moment.
 * @param isBlocked Something had kept it from starting.
 */
export function asEnding(entry: PsEntry, isBlocked: boolean): PsEntry {
  const { pid, phase, status, health } = entry;
  const unasked = { readiness: NOT_ASKED, progress: NOT_ASKED };
  if (pid !== null) {
    const liveness = { state: 'alive', reason: `process ${pid} runs`, ageMs: 0 } as const;
    return { ...entry, health: { ...unasked, liveness } };
  }
  // Who had ended before, or could not start, did so for a reason of its own.
  if (status !== 'running' && (status !== 'pending' || isBlocked)) return entry;
  if (health.liveness.state === 'unknown') return { ...entry, status: 'stopped' };
  return {
    ...entry,
    // Its main process is gone; what it has left is being ended.
    status: phase === 'stopping' ? status : 'stopped',
    health: { ...unasked, liveness: ENDED },
  };
}
