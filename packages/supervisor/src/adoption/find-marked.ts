import { readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { createPatientReader } from '../linux/marker.js';
import { readBootId } from '../linux/process-identity.js';
import { hasEnded, readProcessTable } from '../linux/process-table.js';
import { type ProcessRecord, readRecord, SUPERVISED_COLLECTION } from '../records/process-record.js';
import { PATIENCE_MS, recordedProcesses } from './find-survivors.js';

/** A process that a supervisor of a state folder left, by its log or by what was stored. */
export interface MarkedProcess {
  readonly pid: number;
  /** Of which instance, by its environment; undefined when its program has overwritten that. */
  readonly instanceId: string | undefined;
  /** Writes into a log of this very folder, so it was started out of it. Otherwise it is only named in the store. */
  readonly hasLog: boolean;
}

/** Standard output and standard error: a reader of a log has it open under another number. */
const OUTPUTS = [1, 2];

/**
 * Whoever runs and was started out of a state folder, whatever its mark: for those who do not know the mark. Takes one look at every
 * process; whoever started something just now may be missing.
 *
 * @param from `logDir`: the folder's logs, also when what was in it was removed meanwhile.
 * @returns Empty when nobody is left.
 * @throws DN_SUPERVISOR_PROC_UNREADABLE, and what the store says
 */
export async function findMarkedProcesses(from: { store: Store; logDir: string }): Promise<MarkedProcess[]> {
  const records = new Map<string, ProcessRecord>();
  for await (const stored of scanAll(from.store, SUPERVISED_COLLECTION)) {
    const record = readRecord(stored);
    if (record) records.set(record.id, record);
  }
  const recorded = recordedProcesses(readBootId(), records);
  const markerOf = createPatientReader(PATIENCE_MS);
  const logs = join(realpathSync(from.logDir), '/');
  return readProcessTable().flatMap((row) => {
    if (hasEnded(row)) return [];
    const { pid } = row;
    const instanceId = markerOf(pid)?.instanceId;
    const isRecorded = recorded.has(`${pid}:${row.startTicks}`);
    const hasLog =
      (isRecorded || instanceId !== undefined) && OUTPUTS.some((fd) => outputOf(pid, fd).startsWith(logs));
    return hasLog || isRecorded ? [{ pid, instanceId, hasLog }] : [];
  });
}

function outputOf(pid: number, fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return ''; // closed, gone, or another user's
  }
}
