import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { onTestFinished } from 'vitest';
import { LogBook } from '../../src/logs/log-book.js';
import { LogKeeper } from '../../src/logs/log-keeper.js';
import type { LogReaderOptions } from '../../src/logs/log-reader.js';
import { DEFAULT_ROTATION, type LogRotation } from '../../src/logs/log-rotation.js';

export const clock = systemClock();

/** A folder for logs that goes with the test. */
export function logFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function readerOf(logDir: string, redact = (text: string) => text): LogReaderOptions {
  return { book: new LogBook(logDir, clock), redact, hides: () => undefined, clock };
}

export function rotation(changes: Partial<LogRotation> = {}): LogRotation {
  return { ...DEFAULT_ROTATION, ...changes };
}

export function keeperOf(
  book: LogBook,
  ids: readonly string[],
  changes: Partial<LogRotation> = {},
): LogKeeper {
  return new LogKeeper({ clock, book, rotation: () => changes, ids: () => ids });
}

/** Starts a program that writes to a file until it ends or is ended, with the test at the latest. */
export function startWriter(path: string, command: readonly [string, ...string[]]): { end(): Promise<void> } {
  const log = openSync(path, 'a');
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', log, 'inherit'] });
  closeSync(log);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = () => {
    child.kill('SIGKILL');
    return gone;
  };
  onTestFinished(end);
  return { end };
}

export async function textOf(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of entries) lines.push(line);
  return lines;
}
