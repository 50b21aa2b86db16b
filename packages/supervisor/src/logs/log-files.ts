import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { LogBook } from './log-book.js';
import { oldLogPath } from './log-rotation.js';

export type LogStream = 'out' | 'err';

/** The two log files of one process. */
export interface LogFiles {
  readonly outPath: string;
  readonly errPath: string;
  /** Descriptors to append by, for a process that this program starts itself; kept open for its restarts. */
  open(): { readonly outFd: number; readonly errFd: number };
  /** The place after the last byte of the error log; places count on across rotations. */
  errSize(): number;
  /** Text of the error log between two places, what was rotated away last included; at most the last `limitBytes`. */
  readErr(fromByte: number, toByte: number, limitBytes: number): string;
  /** Notes how far both have come by now: what the next process writes then has a later time than what this one wrote. */
  noteEnd(): void;
  close(): void;
}

/** Where a stream of a process is logged. */
export function logPath(logDir: string, processId: string, stream: LogStream): string {
  return join(logDir, `${processId}.${stream}.log`);
}

/**
 * The logs of one process in the book's folder, which is made. The files are made, readable by their owner only since output
 * may hold secrets, by whoever starts the process: two files more to open were a third of what a start of 200 cost.
 */
export function openLogFiles(book: LogBook, processId: string): LogFiles {
  book.makeFolder();
  const err = book.of(processId, 'err');
  const outPath = logPath(book.logDir, processId, 'out');
  let opened: { outFd: number; errFd: number } | undefined;
  return {
    ...{ outPath, errPath: err.path },
    open: () => {
      opened ??= openBoth(outPath, err.path);
      return opened;
    },
    errSize: () => err.liveStart + err.liveBytes,
    readErr: (fromByte, toByte, limitBytes) => {
      const from = Math.max(fromByte, toByte - limitBytes) - err.liveStart;
      const to = toByte - err.liveStart;
      if (to <= from) return '';
      const inOld = from < 0 ? lastBytes(oldLogPath(err.path, 1), Math.min(-from, to - from)) : NOTHING;
      return Buffer.concat([inOld, someBytes(err.path, Math.max(from, 0), to)]).toString('utf8');
    },
    noteEnd: () => {
      // What cannot be noted now is told by the log keeper, which tries again.
      for (const log of [book.of(processId, 'out'), err]) log.observe().catch(() => undefined);
    },
    close: () => {
      if (!opened) return;
      closeSync(opened.outFd);
      closeSync(opened.errFd);
      opened = undefined;
    },
  };
}

function openBoth(outPath: string, errPath: string): { outFd: number; errFd: number } {
  const outFd = openSync(outPath, 'a', 0o600);
  try {
    return { outFd, errFd: openSync(errPath, 'a', 0o600) };
  } catch (error) {
    closeSync(outFd);
    throw error;
  }
}

/** The last lines of a text, the first of them whole or left out when the text was cut before it. */
export function lastLines(text: string, limit: number, isCut: boolean): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (isCut && lines.length > 1) lines.shift();
  return lines.filter((line) => line !== '').slice(-limit);
}

const NOTHING = Buffer.alloc(0);

function readRange(fd: number, from: number, to: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
}

function lastBytes(path: string, count: number): Buffer {
  return withFile(path, (fd) => {
    const { size } = fstatSync(fd);
    return readRange(fd, Math.max(0, size - count), size);
  });
}

function someBytes(path: string, from: number, to: number): Buffer {
  return withFile(path, (fd) => readRange(fd, from, to));
}

/** Synchronously: an exit is told in the moment it is seen. Without the part nothing is missing but its text. */
function withFile(path: string, read: (fd: number) => Buffer): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // It was removed, or the log was never cut: the places before it are those of an earlier log.
    return NOTHING;
  }
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}
