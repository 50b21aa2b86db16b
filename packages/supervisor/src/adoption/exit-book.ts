import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ProcessIdentity } from '@dreamnet/contracts';
import type { RunEnd } from '../run.js';

/** Tells how processes ended that this supervisor could not wait for itself. */
export interface ExitBook {
  /** Whether anybody writes it; without, what is not known now never will be. */
  readonly isKept: boolean;
  /** Reads what is written now. @returns undefined when nothing is written of this process. */
  find(identity: ProcessIdentity): RunEnd | undefined;
  /** The newest end of a process of this id; undefined when none is written, or none that says of which. */
  findNewest(processId: string): NamedEnd | undefined;
}

/** An end that says whose it was. */
export interface NamedEnd {
  readonly identity: ProcessIdentity;
  readonly generation: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Lines are about 90 bytes: the newest 3,000 ends. Older ones are of runs whose end was told long ago. */
const TAIL_BYTES = 256 * 1024;
const LINE = /^(\S+) (\d+) (\d+) (\d+|-) (SIG\w+|-) (\d+)(?: (\S+)\/(\d+))?$/;

/**
 * The file into which the process above the supervisor writes each end: `BOOT PID START_TICKS CODE SIGNAL EPOCH_MS`, one a
 * line, `-` for none, and of what the spawner started ` ID/GENERATION` after it. It is written before the process is reaped.
 *
 * @param file undefined when there is no such process.
 */
export function openExitBook(file: string | undefined): ExitBook {
  if (file === undefined) return { isKept: false, find: () => undefined, findNewest: () => undefined };
  const read = createTailReader(file);
  return {
    isKept: true,
    find: (identity) => findLast(read(), identity),
    findNewest: (processId) => findNamed(read(), processId),
  };
}

function findNamed(text: string, processId: string): NamedEnd | undefined {
  const match = matchLine(text, text.lastIndexOf(` ${processId}/`));
  if (match?.[7] !== processId) return undefined;
  const [, bootId = '', pid, startTicks, , , endedAt, , generation] = match;
  const identity = { pid: Number(pid), startTicks: Number(startTicks), bootId };
  return { identity, generation: Number(generation), at: Number(endedAt) };
}

/** The newest line of a process wins. */
function findLast(text: string, { bootId, pid, startTicks }: ProcessIdentity): RunEnd | undefined {
  const before = text.lastIndexOf(`\n${bootId} ${pid} ${startTicks} `);
  const match = before < 0 ? null : matchLine(text, before + 1);
  if (!match) return undefined;
  const [, , , , code = '-', signal = '-', endedAt] = match;
  return {
    code: code === '-' ? null : Number(code),
    signal: signal === '-' ? null : signal,
    isKnown: true,
    at: Number(endedAt),
  };
}

/** The line that the place is in; one cut short or damaged is nobody's. */
function matchLine(text: string, at: number): RegExpExecArray | null {
  const end = text.indexOf('\n', at);
  return at < 0 || end < 0 ? null : LINE.exec(text.slice(text.lastIndexOf('\n', at) + 1, end));
}

/** Reads again only what has changed: a fleet that comes back asks once for each of its agents. */
function createTailReader(file: string): () => string {
  let seen = { inode: -1, size: -1, text: '' };
  return () => {
    seen = readTail(file, seen);
    return seen.text;
  };
}

interface Tail {
  readonly inode: number;
  readonly size: number;
  /** Begins with a line's end, so that the first line is found like every other. */
  readonly text: string;
}

function readTail(file: string, seen: Tail): Tail {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return { inode: -1, size: -1, text: '' }; // not there before the first end, or replaced this very moment: then the next look finds it
  }
  try {
    const { size, ino: inode } = fstatSync(fd);
    if (size === seen.size && inode === seen.inode) return seen;
    const length = Math.min(size, TAIL_BYTES);
    const bytes = Buffer.alloc(length);
    const read = readSync(fd, bytes, 0, length, size - length);
    return { inode, size, text: `${size > length ? '' : '\n'}${bytes.toString('latin1', 0, read)}` };
  } finally {
    closeSync(fd);
  }
}
