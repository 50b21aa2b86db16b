import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@dreamnet/contracts';
import { type LogStream, logPath } from './log-files.js';
import { StreamLog } from './stream-log.js';

export const LOG_STREAMS: readonly LogStream[] = ['out', 'err'];

/** An old part as it is called: `ID.err.log.2`. */
const OLD_PART = /^(.+)\.(out|err)\.log\.([1-9]\d{0,2})$/;

/** An old part of some log. */
export interface OldPart {
  readonly path: string;
  readonly processId: string;
  readonly stream: LogStream;
  readonly number: number;
}

/** The logs of a folder: one object a stream, whoever asks, so that reading and cutting never overlap. */
export class LogBook {
  readonly logDir: string;
  readonly #clock: Clock;
  readonly #streams = new Map<string, StreamLog>();

  constructor(logDir: string, clock: Clock) {
    this.logDir = logDir;
    this.#clock = clock;
  }

  of(processId: string, stream: LogStream): StreamLog {
    const path = logPath(this.logDir, processId, stream);
    const known = this.#streams.get(path);
    if (known) return known;
    const log = new StreamLog(path, this.#clock);
    this.#streams.set(path, log);
    return log;
  }

  /** Makes the folder; readable by its owner only, since output may hold secrets. */
  makeFolder(): void {
    mkdirSync(this.logDir, { recursive: true, mode: 0o700 });
  }

  /** The names of the folder's files; empty when it is not there yet. */
  fileNames(): readonly string[] {
    try {
      return readdirSync(this.logDir);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Every old part of every log here, also of processes that nobody knows any more. */
  oldParts(): OldPart[] {
    return this.fileNames().flatMap((name) => {
      const [, processId, stream, number] = OLD_PART.exec(name) ?? [];
      if (processId === undefined || (stream !== 'out' && stream !== 'err')) return [];
      return [{ path: join(this.logDir, name), processId, stream, number: Number(number) }];
    });
  }
}
