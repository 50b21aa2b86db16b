import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

export type LogStream = 'out' | 'err';

/** The two log files of one process, opened for appending and kept open so that a restart need not open them. */
export interface LogFiles {
  readonly outFd: number;
  readonly errFd: number;
  /** Bytes in the error log now. */
  errSize(): number;
  /** Text of the error log between two places; at most the last `limitBytes`. */
  readErr(fromByte: number, toByte: number, limitBytes: number): string;
  close(): void;
}

/** Where a stream of a process is logged. */
export function logPath(logDir: string, processId: string, stream: LogStream): string {
  return join(logDir, `${processId}.${stream}.log`);
}

/** Opens, and makes, the logs of one process; readable by their owner only, since output may hold secrets. */
export function openLogFiles(logDir: string, processId: string): LogFiles {
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const outFd = openSync(logPath(logDir, processId, 'out'), 'a', 0o600);
  const errFd = openSync(logPath(logDir, processId, 'err'), 'a+', 0o600);
  return {
    outFd,
    errFd,
    errSize: () => fstatSync(errFd).size,
    readErr: (fromByte, toByte, limitBytes) => {
      const start = Math.max(fromByte, toByte - limitBytes, 0);
      const buffer = Buffer.alloc(Math.max(0, toByte - start));
      return buffer.toString('utf8', 0, readSync(errFd, buffer, 0, buffer.length, start));
    },
    close: () => {
      closeSync(outFd);
      closeSync(errFd);
    },
  };
}

/** The last lines of a text, the first of them whole or left out when the text was cut before it. */
export function lastLines(text: string, limit: number, isCut: boolean): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (isCut && lines.length > 1) lines.shift();
  return lines.filter((line) => line !== '').slice(-limit);
}
