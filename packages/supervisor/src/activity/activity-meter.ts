import { readFileSync } from 'node:fs';
import type { ActivitySample, Clock } from '@dreamnet/contracts';
import type { ProcessRow } from '../linux/process-table.js';
import { readProcessTable, TICKS_PER_SECOND } from '../linux/process-table.js';
import type { TreeMember } from '../tree/find-tree.js';
import { findKnownTree } from '../tree/find-tree.js';

/** One table serves all that ask within this time, so that a fleet costs one look and not one per agent. */
const TABLE_AGE_MS = 500;

const PAGE_BYTES = 4096;

/** The process table of a moment, shared. */
export interface SharedTable {
  read(): { readonly atMs: number; readonly rows: readonly ProcessRow[] };
}

/** A table that is read again only when it is older than half a second. */
export function createSharedTable(clock: Clock): SharedTable {
  let last: { atMs: number; rows: readonly ProcessRow[] } | undefined;
  return {
    read: () => {
      const atMs = clock.monotonic();
      if (!last || atMs - last.atMs >= TABLE_AGE_MS) last = { atMs, rows: readProcessTable() };
      return last;
    },
  };
}

/** Adds up what one tree has used. Only grows, although children take their counters with them when they end. */
export class ActivityMeter {
  readonly #leader: TreeMember;
  readonly #cpuMs = new GrowingSum();
  readonly #ioBytes = new GrowingSum();
  #members = new Map<number, number>();
  #residentBytes = 0;

  constructor(leader: TreeMember) {
    this.#leader = leader;
  }

  /** Members at the last sample: after the main process has ended they are how strays are found. */
  get members(): TreeMember[] {
    return [...this.#members].map(([pid, startTicks]) => ({ pid, startTicks }));
  }

  /** Memory of the tree at the last sample. */
  get residentBytes(): number {
    return this.#residentBytes;
  }

  sample(table: SharedTable): ActivitySample {
    const { atMs, rows } = table.read();
    const tree = findKnownTree(rows, this.#leader, this.#members);
    this.#members = new Map(tree.map(({ pid, startTicks }) => [pid, startTicks]));
    this.#residentBytes = tree.reduce((sum, { residentPages }) => sum + residentPages * PAGE_BYTES, 0);
    const cpuTicks = tree.reduce((sum, row) => sum + row.cpuTicks, 0);
    const ioBytes = tree.reduce((sum, { pid }) => sum + readIoBytes(pid), 0);
    return {
      atMs,
      cpuMs: this.#cpuMs.take((cpuTicks * 1000) / TICKS_PER_SECOND),
      ioBytes: this.#ioBytes.take(ioBytes),
    };
  }
}

/**
 * Turns a reading that falls when a process ends into a sum that does not. The kernel adds an ended child's
 * counters to a parent that waits for it; only what nobody waited for makes the reading fall.
 */
class GrowingSum {
  #last = 0;
  #lost = 0;

  take(reading: number): number {
    if (reading < this.#last) this.#lost += this.#last - reading;
    this.#last = reading;
    return reading + this.#lost;
  }
}

function readIoBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'latin1');
    return field(text, 'rchar') + field(text, 'wchar');
  } catch {
    return 0; // it has ended, or is another user's
  }
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
