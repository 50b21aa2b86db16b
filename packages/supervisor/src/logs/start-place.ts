import type { StartPlace } from './entry-source.js';
import { LONGEST_LINE_BYTES } from './line-splitter.js';
import type { StreamLog } from './stream-log.js';
import type { TimeMark } from './time-marks.js';

/** Read backwards in pieces of this size until there are lines enough. */
const PIECE_BYTES = 64 * 1024;

/** However many lines are asked for, no more than this is read back: a line may be as long as the log. */
const MOST_BYTES = 16 * 1024 * 1024;

const NEWLINE = 10;

/**
 * Where the last lines before a place begin: at least that many that are not empty, one in writing not counted.
 *
 * @param lines 0: after the last whole line.
 */
export async function placeOfLastLines(log: StreamLog, end: number, lines: number): Promise<StartPlace> {
  const first = await log.start();
  let found = 0;
  let after = -1;
  for (let to = end; to > first.place && end - to < MOST_BYTES; ) {
    const from = Math.max(first.place, to - PIECE_BYTES);
    const piece = await readRange(log, from, to);
    for (let at = piece.length - 1; at >= 0; at -= 1) {
      const isEnd = piece[at] === NEWLINE;
      // A line begins here, unless it is an empty one.
      if (isEnd && after !== NEWLINE) {
        if (found === lines) return { place: from + at + 1, isMidLine: false };
        found += 1;
      }
      after = piece[at] ?? -1;
    }
    to = from;
  }
  return end - first.place <= MOST_BYTES ? first : { place: end - MOST_BYTES, isMidLine: true };
}

/** Where what was written since a time begins, or somewhat before. */
export async function placeOfTime(
  log: StreamLog,
  marks: readonly TimeMark[],
  sinceMs: number,
): Promise<StartPlace> {
  const first = await log.start();
  const index = marks.findIndex(({ at }) => at >= sinceMs);
  const before = index === -1 ? marks.at(-1) : marks[index - 1];
  // The mark may lie within a line; further back than the longest line there is nothing to look for.
  const place = (before?.endByte ?? first.place) - LONGEST_LINE_BYTES;
  return place <= first.place ? first : { place, isMidLine: true };
}

/** Bytes between two places, across parts; shorter when some of them went meanwhile. */
async function readRange(log: StreamLog, from: number, to: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = from; at < to; ) {
    const { bytes } = await log.read(at, to - at);
    if (bytes.length === 0) break;
    parts.push(bytes);
    at += bytes.length;
  }
  return Buffer.concat(parts);
}
