import type { ActivitySample, UsageReading } from '@dreamnet/contracts';
import { TICKS_PER_SECOND } from '../linux/process-table.js';
import type { TreeMember } from '../tree/find-tree.js';
import type { FollowedLeader, FollowedTree, ProcessCensus } from './process-census.js';

const PAGE_BYTES = 4096;

/** What one tree uses, added up over its processes. Counters only grow, although children take theirs with them when they end. */
export class ActivityMeter {
  readonly #census: ProcessCensus;
  readonly #cpuMs = new GrowingSum();
  readonly #ioBytes = new GrowingSum();
  readonly #diskBytes = new GrowingSum();
  #tree: FollowedTree | undefined;
  #members: readonly TreeMember[] = [];
  #last: UsageReading | undefined;

  /** Nothing is read before the first question. */
  constructor(leader: FollowedLeader, census: ProcessCensus) {
    this.#census = census;
    this.#tree = census.follow(leader);
  }

  /** Members at the last sample: after the main process has ended they are how strays are found. */
  get members(): readonly TreeMember[] {
    return this.#tree ? membersOf(this.#tree) : this.#members;
  }

  /** The last reading, without a new one; undefined before the first. */
  get last(): UsageReading | undefined {
    return this.#last;
  }

  /** As `usage`, the counters alone. */
  sample(): ActivitySample | undefined {
    const usage = this.usage();
    return usage && { atMs: usage.atMs, cpuMs: usage.cpuMs, ioBytes: usage.ioBytes };
  }

  /** Rates are those between this reading and the one before it. @returns undefined as long as nothing of it was found. */
  usage(): UsageReading | undefined {
    if (this.#tree) this.#census.refresh();
    const atMs = this.#tree?.atMs;
    if (atMs !== undefined && atMs > (this.#last?.atMs ?? Number.NEGATIVE_INFINITY))
      this.#last = this.#read(atMs);
    return this.#last;
  }

  /** Its main process has ended: nothing is read any more. */
  end(): void {
    if (this.#tree) this.#members = membersOf(this.#tree);
    this.#tree?.release();
    this.#tree = undefined;
  }

  /** Written out: at a fleet's size the putting together of objects would cost as much as the reading. */
  #read(atMs: number): UsageReading {
    let [cpuTicks, ioBytes, diskBytes, pages, threads, processes, openFiles] = [0, 0, 0, 0, 0, 0, 0];
    for (const { last } of this.#tree?.gauges.values() ?? []) {
      cpuTicks += last.cpuTicks;
      ioBytes += last.ioBytes;
      diskBytes += last.diskBytes;
      if (last.hasEnded) continue;
      pages += last.residentPages;
      threads += last.threads;
      openFiles += last.openFiles;
      processes += 1;
    }
    const before = this.#last;
    const cpuMs = this.#cpuMs.take((cpuTicks * 1000) / TICKS_PER_SECOND);
    const allIoBytes = this.#ioBytes.take(ioBytes);
    const spanMs = before ? atMs - before.atMs : 0;
    return {
      atMs,
      cpuMs,
      ioBytes: allIoBytes,
      diskBytes: this.#diskBytes.take(diskBytes),
      residentBytes: pages * PAGE_BYTES,
      processes,
      threads,
      openFiles,
      spanMs,
      cpu: before ? rounded((cpuMs - before.cpuMs) / spanMs) : null,
      ioBytesPerSecond: before ? Math.round(((allIoBytes - before.ioBytes) * 1000) / spanMs) : null,
    };
  }
}

/** The kernel counts CPU time in hundredths of a second: more digits would be made up. */
function rounded(cores: number): number {
  return Math.round(cores * 1e4) / 1e4;
}

function membersOf({ gauges }: FollowedTree): TreeMember[] {
  return [...gauges.values()].flatMap(({ last: { pid, startTicks, hasEnded } }) =>
    hasEnded ? [] : { pid, startTicks },
  );
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
