import type { ProcessIdentity } from '@dreamnet/contracts';
import { createPatientReader, type Marker } from '../linux/marker.js';
import type { ProcessRow } from '../linux/process-table.js';
import { hasEnded, readProcessTable } from '../linux/process-table.js';
import type { ProcessRecord } from '../records/process-record.js';

/** A main process that an earlier supervisor of this instance left running. */
export interface Survivor {
  readonly identity: ProcessIdentity;
  readonly generation: number;
}

/** Everything that carries the marker of one process id. */
export interface SurvivingFamily {
  readonly processId: string;
  /** Which of the main processes goes on; null when only descendants are left. */
  readonly main: Survivor | null;
  /** Waits to take over; null when none does. */
  readonly spare: Survivor | null;
  /** Main processes too many: one of each must go. */
  readonly doubles: readonly Survivor[];
  /** Newest generation seen. */
  readonly generation: number;
  /** Processes found in all. */
  readonly count: number;
}

/** Nothing is started before everybody was found: a process overlooked while it changes its program would be there twice. */
export const PATIENCE_MS = 1000;

interface Marked {
  readonly row: ProcessRow;
  readonly generation: number;
}

/** Whose processes are looked for. */
export interface SurvivorQuery {
  readonly instanceId: string;
  readonly bootId: string;
  /** Whether a process holds a log of this id open. */
  readonly holdsLog: (pid: number, id: string) => boolean;
  /** Whether there is the line that a spare of this generation waits on. */
  readonly hasLine: (id: string, generation: number) => boolean;
}

/**
 * Finds what still runs of an instance, by the marker in the environment. A recorded process whose program has
 * overwritten its environment must hold its log open instead: a record alone never makes a process ours. Of several main
 * processes the recorded one stays, else the newest.
 */
export function findSurvivors(
  records: ReadonlyMap<string, ProcessRecord>,
  query: SurvivorQuery,
): Map<string, SurvivingFamily> {
  const { bootId } = query;
  const byId = new Map<string, Marked[]>();
  const recorded = recordedProcesses(bootId, records);
  const markerOf = createPatientReader(PATIENCE_MS);
  for (const row of readProcessTable()) {
    if (hasEnded(row)) continue;
    const owner = ownerOf(row, markerOf(row.pid), { ...query, recorded });
    if (!owner) continue;
    const marked = { row, generation: owner.generation };
    const family = byId.get(owner.processId);
    if (family) family.push(marked);
    else byId.set(owner.processId, [marked]);
  }
  const families = new Map<string, SurvivingFamily>();
  for (const [processId, marked] of byId)
    families.set(
      processId,
      family(processId, marked, { bootId, record: records.get(processId), hasLine: query.hasLine }),
    );
  return families;
}

/** Those of this boot, by pid and start time. */
export function recordedProcesses(
  bootId: string,
  records: ReadonlyMap<string, ProcessRecord>,
): Map<string, ProcessRecord> {
  const found = new Map<string, ProcessRecord>();
  for (const record of records.values())
    for (const identity of [record.identity, record.spare?.identity])
      if (identity?.bootId === bootId) found.set(`${identity.pid}:${identity.startTicks}`, record);
  return found;
}

function ownerOf(
  row: ProcessRow,
  marker: Marker | undefined,
  { instanceId, holdsLog, recorded }: SurvivorQuery & { recorded: ReadonlyMap<string, ProcessRecord> },
): { processId: string; generation: number } | undefined {
  if (marker) return marker.instanceId === instanceId ? marker : undefined;
  const record = recorded.get(`${row.pid}:${row.startTicks}`);
  return record && holdsLog(row.pid, record.id)
    ? { processId: record.id, generation: generationOf(record, row) }
    : undefined;
}

function generationOf({ generation, spare }: ProcessRecord, row: ProcessRow): number {
  return spare?.identity.pid === row.pid ? spare.generation : generation;
}

function family(
  processId: string,
  marked: readonly Marked[],
  {
    bootId,
    record,
    hasLine,
  }: Pick<SurvivorQuery, 'bootId' | 'hasLine'> & { record: ProcessRecord | undefined },
): SurvivingFamily {
  const isRecorded = ({ row }: Marked) =>
    row.pid === record?.identity?.pid && row.startTicks === record.identity.startTicks;
  // The recorded one goes on, else the newest start.
  const mains = mainOfEachGeneration(marked, record, isRecorded).sort(
    (one, other) => Number(isRecorded(other)) - Number(isRecorded(one)) || other.generation - one.generation,
  );
  const survivorOf = ({ row, generation }: Marked): Survivor => ({
    identity: { pid: row.pid, startTicks: row.startTicks, bootId },
    generation,
  });
  // One that has taken over is recorded, or its line is gone; in between nobody else is there to serve.
  const spare = mains.find((one) => !isRecorded(one) && hasLine(processId, one.generation));
  const [main, ...doubles] = mains.filter((one) => one !== spare).map(survivorOf);
  const generation = Math.max(record?.generation ?? 0, ...marked.map((one) => one.generation));
  return {
    ...{ processId, main: main ?? null, spare: spare ? survivorOf(spare) : null },
    ...{ doubles, generation, count: marked.length },
  };
}

/**
 * Each generation began with one process that leads its session: the oldest such one, unless the record names
 * another, which then has ended. Everything else is a descendant.
 */
function mainOfEachGeneration(
  marked: readonly Marked[],
  record: ProcessRecord | undefined,
  isRecorded: (one: Marked) => boolean,
): Marked[] {
  const mains = new Map<number, Marked>();
  for (const one of marked) {
    const { row, generation } = one;
    if (generation === record?.generation && record.identity ? !isRecorded(one) : row.session !== row.pid)
      continue;
    const other = mains.get(generation);
    if (!other || row.startTicks < other.row.startTicks) mains.set(generation, one);
  }
  return [...mains.values()];
}
