import { DreamnetError } from '@dreamnet/kit';
import type { DoctorCheck } from '../http/views.js';
import { isMemoryKeptOut } from './core-dumps.js';
import type { DaemonParts } from './parts.js';

/** What a running daemon can check of itself. */
export async function examineDaemon(parts: DaemonParts): Promise<DoctorCheck[]> {
  const stats = parts.bus.stats();
  const troubles = parts.supervisor.diagnostics();
  return [
    await examineStore(parts),
    await examineAudit(parts),
    {
      check: 'event journal',
      isOk: stats.unrecorded === 0,
      details: `${stats.published} published since the start, ${stats.unrecorded} not recorded`,
    },
    {
      check: 'core dumps',
      isOk: isMemoryKeptOut(),
      details: isMemoryKeptOut()
        ? 'the memory of the daemon and its agents is kept out of them'
        : 'they may hold secrets: /proc/self/coredump_filter could not be written; run the daemon with ulimit -c 0',
    },
    {
      check: 'supervision',
      isOk: troubles.length === 0,
      details: troubles.join('; ') || 'works as it should',
    },
  ];
}

/** Only a write shows that a disk takes one. */
async function examineStore({ store, clock }: DaemonParts): Promise<DoctorCheck> {
  const check = 'store';
  try {
    await store.commit([{ op: 'put', collection: 'doctor', key: 'examined', value: { at: clock.now() } }]);
    return { check, isOk: true, details: 'takes writes' };
  } catch (thrown) {
    return { check, isOk: false, details: DreamnetError.from(thrown).message };
  }
}

async function examineAudit({ core }: DaemonParts): Promise<DoctorCheck> {
  const verdict = await core.audit.verify();
  return {
    check: 'audit chain',
    isOk: verdict.ok,
    details: verdict.ok
      ? `${verdict.entries} entries, unbroken`
      : `broken at entry ${verdict.sequence}: ${verdict.because}`,
  };
}
