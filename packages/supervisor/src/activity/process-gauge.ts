import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { type IoFields, PROCESS_FIELDS, type StatFields, scanIo, scanStat } from './proc-text.js';

/** What the kernel told of one process last; the counters only grow while it lives. */
export interface GaugeReading extends StatFields, IoFields {
  pid: number;
  openFiles: number;
}

/** A stat line is about 350 bytes, `io` about 120. One buffer serves all: nothing here waits. */
const buffer = Buffer.alloc(4096);

interface OpenFiles {
  readonly stat: number;
  /** -1: not ours to read. */
  readonly io: number;
  readonly descriptors: number;
}

/**
 * Reads one process again and again. A descriptor that is kept open means exactly this process and never one that got
 * its number later; without one, every reading opens the files anew and compares the start time.
 */
export class ProcessGauge {
  readonly last: GaugeReading;
  readonly #path: string;
  #files: OpenFiles | undefined;

  private constructor(pid: number) {
    this.#path = `/proc/${pid}`;
    this.last = { pid, ...NOTHING_YET };
  }

  /** Looks at a process for the first time. @returns undefined when there is none */
  static open(pid: number): ProcessGauge | undefined {
    const gauge = new ProcessGauge(pid);
    const stat = tryOpen(`${gauge.#path}/stat`);
    if (stat < 0) return undefined;
    const isThere = gauge.#readStat(stat);
    closeSync(stat);
    return isThere ? gauge : undefined;
  }

  get isKept(): boolean {
    return this.#files !== undefined;
  }

  /** Keeps its files open from now on: three descriptors. */
  keep(): void {
    this.#files ??= openAll(this.#path);
  }

  /** @returns false when it is gone. */
  read(): boolean {
    const { startTicks } = this.last;
    const files = this.#files ?? openAll(this.#path);
    const isThere = this.#readFrom(files) && this.last.startTicks === startTicks;
    if (files !== this.#files) closeAll(files);
    return isThere;
  }

  close(): void {
    if (this.#files) closeAll(this.#files);
    this.#files = undefined;
  }

  #readFrom({ stat, io, descriptors }: OpenFiles): boolean {
    if (!this.#readStat(stat)) return false;
    const length = tryRead(io);
    if (length > 0) scanIo(buffer, length, this.last);
    this.last.openFiles = countOpen(descriptors, this.#path);
    return true;
  }

  #readStat(fd: number): boolean {
    const length = tryRead(fd);
    return length > 0 && scanStat(buffer, length, this.last);
  }
}

const NOTHING_YET = { ...PROCESS_FIELDS, ioBytes: 0, diskBytes: 0, openFiles: 0 };

/** Since Linux 6.2 the folder's size is the number of open descriptors; before, they must be counted. */
function countOpen(fd: number, path: string): number {
  if (fd < 0) return 0;
  try {
    const { size } = fstatSync(fd);
    return size > 0 ? size : readdirSync(`${path}/fd`).length;
  } catch {
    return 0; // it has ended, or is another user's
  }
}

function openAll(path: string): OpenFiles {
  return { stat: tryOpen(`${path}/stat`), io: tryOpen(`${path}/io`), descriptors: tryOpen(`${path}/fd`) };
}

function tryOpen(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    return -1; // gone, another user's, or no descriptor is left: to the caller the same
  }
}

function tryRead(fd: number): number {
  if (fd < 0) return 0;
  try {
    return readSync(fd, buffer, 0, buffer.length, 0);
  } catch {
    return 0; // it has ended (ESRCH), or may not be read any more
  }
}

function closeAll({ stat, io, descriptors }: OpenFiles): void {
  for (const fd of [stat, io, descriptors]) if (fd >= 0) closeSync(fd);
}
