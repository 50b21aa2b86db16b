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
  readonly #streams = new Map<string, Readonly<Record<LogStream, StreamLog>>>();

  constructor(logDir: string, clock: Clock) {
    this.logDir = logDir;
    this.#clock = clock;
  }

  of(processId: string, stream: LogStream): StreamLog {
    return this.#logsOf(processId)[stream];
  }

  /** Both of a process. */
  both(processId: string): readonly StreamLog[] {
    const { out, err } = this.#logsOf(processId);
    return [out, err];
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

  #logsOf(processId: string): Readonly<Record<LogStream, StreamLog>> {
    const known = this.#streams.get(processId);
    if (known) return known;
    const open = (stream: LogStream) => new StreamLog(logPath(this.logDir, processId, stream), this.#clock);
    const logs = { out: open('out'), err: open('err') };
    this.#streams.set(processId, logs);
    return logs;
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
