import { readFileSync } from 'node:fs';
import { appendFile, rename, rm, writeFile } from 'node:fs/promises';

/** By `at` everything before `endByte` of a file was written. */
export interface TimeMark {
  readonly endByte: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Where the marks of a log file are. They move with it when it is rotated. */
export function marksPath(logPath: string): string {
  return `${logPath}.times`;
}

/** What is noted of a log file. */
export interface LogMarks {
  /** Earliest first. */
  readonly marks: readonly TimeMark[];
  /** Does the file begin in the middle of a line, because what came before was cut off at a block of the disk? */
  readonly isMidLine: boolean;
}

const MID_LINE = '~';

/**
 * What is noted of a log file; nothing when there is no note. Each line says how far and how long after the one
 * before: bytes, ms.
 */
export function readMarks(logPath: string): LogMarks {
  const marks: TimeMark[] = [];
  let { endByte, at } = FIRST;
  const lines = textOf(marksPath(logPath)).split('\n');
  const isMidLine = lines[0] === MID_LINE;
  for (const line of lines.slice(isMidLine ? 1 : 0, -1)) {
    const [bytes, ms] = line.split(' ').map(Number);
    if (bytes === undefined || ms === undefined || !Number.isFinite(bytes + ms)) break;
    endByte += bytes;
    at += ms;
    marks.push({ endByte, at });
  }
  return { marks, isMidLine };
}

/** Adds a mark after the last one. */
export function addMark(logPath: string, mark: TimeMark, last: TimeMark): Promise<void> {
  return appendFile(marksPath(logPath), lineOf(mark, last), { mode: 0o600 });
}

/** Writes all marks anew, whole or not at all. */
export async function writeMarks(logPath: string, { marks, isMidLine }: LogMarks): Promise<void> {
  const path = marksPath(logPath);
  if (marks.length === 0 && !isMidLine) return rm(path, { force: true });
  let last: TimeMark = FIRST;
  let text = isMidLine ? `${MID_LINE}\n` : '';
  for (const mark of marks) {
    text += lineOf(mark, last);
    last = mark;
  }
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** What the first mark counts from. */
export const FIRST: TimeMark = { endByte: 0, at: 0 };

function lineOf(mark: TimeMark, last: TimeMark): string {
  return `${mark.endByte - last.endByte} ${mark.at - last.at}\n`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
