import type { Clock } from '@dreamnet/contracts';
import { type Marker, readMarker } from '../linux/marker.js';
import { hasEnded, type ProcessRow, readProcessTable } from '../linux/process-table.js';
import type { Run } from '../run.js';
import { killStrays } from './end-tree.js';
import { withDescendants } from './find-tree.js';

/** A run that ended by itself, and may have left descendants behind. */
export interface EndedUnit {
  readonly processId: string;
  readonly run: Run;
  /** Asked when it is looked for: nothing of it is touched any more when a next supervisor goes on with it. */
  readonly isReleased: () => boolean;
  /** What runs under its name now, if anything: that need not be looked into. */
  readonly currentPid: () => number | undefined;
}

export interface StraySweepOptions {
  readonly clock: Clock;
  readonly instanceId: string;
  /** Default: what runs on this machine. */
  readonly readTable?: () => readonly ProcessRow[];
  readonly markerOf?: (pid: number) => Marker | undefined;
  readonly kill?: (strays: readonly ProcessRow[]) => void;
}

/**
 * Looking through all of /proc for strays competes with the new process for the CPU (it cost half the restart time of
 * a small program), so it begins when that has written its first line, yet before a Node program opens a port.
 */
const FIRST_AFTER_MS = 25;
/** A fleet that ends at once is told of for seconds; one look serves all that ended since the last. */
const AT_MOST_EVERY_MS = 100;

/** Ends descendants that outlived the main process of their run, those of many runs with one look at the machine. */
export class StraySweep {
  readonly #options: Required<StraySweepOptions>;
  #due: EndedUnit[] = [];
  #isWaiting = false;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(options: StraySweepOptions) {
    this.#options = { readTable: readProcessTable, markerOf: readMarker, kill: killStrays, ...options };
  }

  /** Within a moment everything this run left behind is ended; nothing of a newer run is touched. */
  soon(ended: EndedUnit): void {
    this.#due.push(ended);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const { clock } = this.#options;
    const sinceMs = clock.monotonic() - this.#sweptMs;
    clock.setTimeout(() => this.#sweep(), Math.max(FIRST_AFTER_MS, AT_MOST_EVERY_MS - sinceMs));
  }

  #sweep(): void {
    const { clock, readTable, kill } = this.#options;
    this.#isWaiting = false;
    const due = this.#due.splice(0).filter(({ isReleased }) => !isReleased());
    if (due.length > 0) kill(this.#straysOf(due, readTable()));
    this.#sweptMs = clock.monotonic();
  }

  #straysOf(due: readonly EndedUnit[], table: readonly ProcessRow[]): readonly ProcessRow[] {
    // What began before a run is no descendant of it, and most of a machine did.
    const oldest = Math.min(...due.map(({ run }) => run.identity.startTicks));
    const current = new Set(due.map(({ currentPid }) => currentPid()));
    const rows = table.filter(
      (row) => row.startTicks >= oldest && row.pid !== process.pid && !hasEnded(row) && !current.has(row.pid),
    );
    const isStray = this.#strayTest(due);
    return withDescendants(rows, rows.filter(isStray));
  }

  #strayTest(due: readonly EndedUnit[]): (row: ProcessRow) => boolean {
    const { instanceId, markerOf } = this.#options;
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
