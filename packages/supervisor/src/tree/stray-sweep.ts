import type { Clock } from '@dreamnet/contracts';
import { workInTurns } from '@dreamnet/kit';
import { createPatientReader, type Marker } from '../linux/marker.js';
import { hasEnded, listPids, type ProcessRow, readProcess } from '../linux/process-table.js';
import type { Run } from '../run.js';
import { killStrays } from './end-tree.js';
import { withDescendants } from './find-tree.js';

/** A run that ended by itself, and may have left descendants behind. */
export interface EndedUnit {
  readonly processId: string;
  readonly run: Run;
  /** Asked when it is looked for: nothing of it is touched any more when a next supervisor goes on with it. */
  readonly isReleased: () => boolean;
}

export interface StraySweepOptions {
  readonly clock: Clock;
  readonly instanceId: string;
  /** Main processes that run under any name now: they need not be looked into. */
  readonly currentPids: () => Iterable<number | undefined>;
  /** Default: what runs on this machine. */
  readonly readTable?: () => Promise<readonly ProcessRow[]>;
  /** Made anew for each look. */
  readonly patientReader?: () => (pid: number) => Marker | undefined;
  readonly kill?: (strays: readonly ProcessRow[]) => void;
}

/**
 * Looking through all of /proc for strays competes with the new process for the CPU (it cost half the restart time of
 * a small program), so it begins when that has written its first line, yet before a Node program opens a port.
 */
const FIRST_AFTER_MS = 25;
/** A fleet that ends at once is told of for seconds; one look serves all that ended since the last. */
const AT_MOST_EVERY_MS = 100;
/** For strays that are changing their program just then: nobody looks for them again. */
const PATIENCE_MS = 10;

/** Ends descendants that outlived the main process of their run, those of many runs with one look at the machine. */
export class StraySweep {
  readonly #options: Required<StraySweepOptions>;
  #due: EndedUnit[] = [];
  #isWaiting = false;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(options: StraySweepOptions) {
    const readTable = () => readTableInTurns(options.clock);
    this.#options = {
      readTable,
      patientReader: () => createPatientReader(PATIENCE_MS),
      kill: killStrays,
      ...options,
    };
  }

  /** Within a moment everything this run left behind is ended; nothing of a newer run is touched. */
  soon(ended: EndedUnit): void {
    this.#due.push(ended);
    if (!this.#isWaiting) this.#wait();
  }

  #wait(): void {
    this.#isWaiting = true;
    const { clock } = this.#options;
    const sinceMs = clock.monotonic() - this.#sweptMs;
    clock.setTimeout(() => void this.#sweep(), Math.max(FIRST_AFTER_MS, AT_MOST_EVERY_MS - sinceMs));
  }

  async #sweep(): Promise<void> {
    const { clock } = this.#options;
    // Who ends while the table is read is for the next look: what it left may stand in a part read before.
    const due = this.#due.splice(0);
    try {
      await this.#endStraysOf(due);
    } finally {
      this.#sweptMs = clock.monotonic();
      this.#isWaiting = false;
      if (this.#due.length > 0) this.#wait();
    }
  }

  async #endStraysOf(due: readonly EndedUnit[]): Promise<void> {
    const { readTable, kill } = this.#options;
    if (due.every(({ isReleased }) => isReleased())) return;
    const table = await readTable().catch(() => undefined);
    const ours = due.filter(({ isReleased }) => !isReleased());
    // It cannot be read while no descriptor is left.
    if (!table) this.#due.unshift(...ours);
    else if (ours.length > 0) kill(this.#straysOf(ours, table));
  }

  #straysOf(due: readonly EndedUnit[], table: readonly ProcessRow[]): readonly ProcessRow[] {
    // What began before a run is no descendant of it, and most of a machine did.
    const oldest = Math.min(...due.map(({ run }) => run.identity.startTicks));
    const current = new Set(this.#options.currentPids());
    const rows = table.filter(
      (row) => row.startTicks >= oldest && row.pid !== process.pid && !hasEnded(row) && !current.has(row.pid),
    );
    const isStray = this.#strayTest(due);
    return withDescendants(rows, rows.filter(isStray));
  }

  #strayTest(due: readonly EndedUnit[]): (row: ProcessRow) => boolean {
    const { instanceId, patientReader } = this.#options;
    const markerOf = patientReader();
    const generations = new Map<string, number>();
    const sessions = new Map<number, number>();
    const known = new Map<number, number>();
    for (const { processId, run } of due) {
      generations.set(processId, Math.max(run.generation, generations.get(processId) ?? 0));
      sessions.set(run.identity.pid, run.identity.startTicks);
      for (const { pid, startTicks } of run.meter.members) known.set(pid, startTicks);
    }
    return (row) => {
      if (known.get(row.pid) === row.startTicks) return true;
      // Its number may be another's by now, which then leads a session of that number itself.
      const leaderTicks = row.pid === row.session ? undefined : sessions.get(row.session);
      if (leaderTicks !== undefined && row.startTicks >= leaderTicks) return true;
      const marker = markerOf(row.pid);
      return (
        marker?.instanceId === instanceId && marker.generation <= (generations.get(marker.processId) ?? -1)
      );
    };
  }
}

/** A machine with hundreds of processes takes milliseconds, in which others want their turn: a fleet is coming back. */
async function readTableInTurns(clock: Clock): Promise<readonly ProcessRow[]> {
  const rows: ProcessRow[] = [];
  await workInTurns(clock, listPids(), (pid) => {
    const row = readProcess(pid);
    if (row) rows.push(row);
  });
  return rows;
}
