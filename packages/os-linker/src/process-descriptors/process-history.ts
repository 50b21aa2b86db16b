import type { OSProcessStatus } from '@dreamnet/contracts';
import { z } from 'zod';
import { processStatusSchema } from './schema.js';
import { PROCESS_EVENTS, type ProcessStatusEvent } from './status.js';

/** Kept in memory for each process; the journal keeps more. */
const ENTRIES_KEPT = 100;

/** One change of one process: what happened, the status before and after, and why. */
export interface ProcessChange {
  at: number;
  processId: string;
  event: ProcessStatusEvent | 'registered' | 'updated' | 'unregistered';
  from: OSProcessStatus;
  to: OSProcessStatus;
  because: string;
  identity: string | null;
}

/** Schema of a stored change. */
export const processChangeSchema = z.strictObject({
  at: z.number(),
  processId: z.string(),
  event: z.enum([...PROCESS_EVENTS, 'registered', 'updated', 'unregistered']),
  from: processStatusSchema,
  to: processStatusSchema,
  because: z.string(),
  identity: z.string().nullable(),
}) satisfies z.ZodType<ProcessChange>;

/** The newest changes of every process. */
export interface ProcessHistory {
  add(change: ProcessChange): void;
  /** Oldest first; `limit` takes the newest. */
  of(processId: string, limit?: number): readonly ProcessChange[];
}

/** An empty history. */
export function createProcessHistory(): ProcessHistory {
  const byProcess = new Map<string, ProcessChange[]>();
  return {
    add: (change) => {
      const changes = byProcess.get(change.processId) ?? [];
      changes.push(change);
      if (changes.length > ENTRIES_KEPT) changes.shift();
      byProcess.set(change.processId, changes);
    },
    of: (processId, limit = ENTRIES_KEPT) =>
      limit <= 0 ? [] : (byProcess.get(processId) ?? []).slice(-limit).map((change) => ({ ...change })),
  };
}
