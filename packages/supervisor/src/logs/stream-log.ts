import { statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Clock } from '@dreamnet/contracts';
import { beginsLike, blockBytes, collapseStart, copyPart, emptyAfterCopy } from './cut-log.js';
import { type LogRotation, oldLogPath } from './log-rotation.js';
import { addMark, FIRST, marksPath, readMarks, type TimeMark, writeMarks } from './time-marks.js';

/** Bytes of a stream from a place on. */
export interface StreamPiece {
  readonly bytes: Buffer;
  /** The place of the first of them: later than asked for when what lay before is gone. */
  readonly from: number;
}

/** What a rotation did. */
export interface Cut {
  /** Bytes that came too fast to be kept. */
  readonly lostBytes: number;
  /** Why the log could not be cut without a gap of microseconds; undefined when it was. */
  readonly gapBecause?: string;
}

interface Segment {
  readonly start: number;
  readonly size: number;
}

/** However many old parts lie there, no more are looked at. */
const MOST_OLD_LOGS = 100;
const LINE_SEARCH_BYTES = 256 * 1024;

/**
 * Everything one stream of one process wrote, over all parts of its log, as one run of bytes. Places count on across
 * rotations while the daemon runs; the oldest places may be negative. Whatever touches the files goes one after the
 * other, so that a reader never sees a log half cut.
 */
export class StreamLog {
  readonly path: string;
  readonly #clock: Clock;
  /** Old parts, the oldest first. */
  #old: Segment[] | undefined;
  #liveStart = 0;
  #endBeforeCut: number | undefined;
  #lastMark: TimeMark | undefined;
  #firstAt: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Where the file that is written to begins. */
  get liveStart(): number {
    return this.#liveStart;
  }

  /** Bytes in the file that is written to; 0 when there is none. */
  get liveBytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Epoch ms by which the first line of the file that is written to was there; undefined when it is not known. */
  get firstAt(): number | undefined {
    return this.#firstAt;
  }

  /** The place after the last byte written; while the log is cut, where it was before. */
  get end(): number {
    return this.#endBeforeCut ?? this.#liveStart + this.liveBytes;
  }

  /** The place of the first byte that is still there, and whether it is in the middle of a line. */
  start(): Promise<{ place: number; isMidLine: boolean }> {
    return this.#alone(async () => {
      const old = this.#segments();
      const { isMidLine } = readMarks(oldLogPath(this.path, old.length));
      return { place: old[0]?.start ?? this.#liveStart, isMidLine };
    });
  }

  /** Bytes from a place on, up to `limitBytes`; none at the end. Never more than one part of the log at a time. */
  read(place: number, limitBytes: number): Promise<StreamPiece> {
    return this.#alone(() => this.#read(place, limitBytes));
  }

  /** Notes how far the log has come by now. @returns bytes in the file that is written to */
  observe(): Promise<number> {
    return this.#alone(() => this.#observe());
  }

  /** When which place was reached, earliest first. */
  marks(): Promise<readonly TimeMark[]> {
    return this.#alone(async () => {
      await this.#observe();
      return this.#allMarks();
    });
  }

  /** Cuts the log when it is longer than its limit, or when `isOld`. @returns undefined when there was nothing to cut. */
  rotate(rotation: LogRotation, isOld: boolean): Promise<Cut | undefined> {
    return this.#alone(async () => {
      this.#endBeforeCut = this.end;
      try {
        return await this.#rotate(rotation, isOld);
      } finally {
        this.#endBeforeCut = undefined;
      }
    });
  }

  /** Removes the oldest part; false when there is none. */
  removeOldest(): Promise<boolean> {
    return this.#alone(async () => {
      const count = this.#segments().length;
      if (count === 0) return false;
      await removePart(oldLogPath(this.path, count));
      this.#segments().shift();
      return true;
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      if (!this.#old) await this.#open();
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #segments(): Segment[] {
    this.#old ??= [];
    return this.#old;
  }

  /** Looks at what is there, and finishes a cut that was interrupted. */
  async #open(): Promise<void> {
    await this.#finishCut();
    const sizes: number[] = [];
    for (let number = 1; number <= MOST_OLD_LOGS; number += 1) {
      const size = statSync(oldLogPath(this.path, number), { throwIfNoEntry: false })?.size;
      if (size === undefined) break;
      sizes.push(size);
    }
    let start = 0;
    this.#old = [];
    for (const size of sizes) {
      start -= size;
      this.#old.unshift({ start, size });
    }
    const { marks } = readMarks(this.path);
    this.#lastMark = marks.at(-1);
    this.#firstAt = marks[0]?.at;
  }

  /** The copy was made; whether the cut was, shows in whether the log still begins with the copied bytes. */
  async #finishCut(): Promise<void> {
    const copyPath = movingPath(this.path);
    const copy = statSync(copyPath, { throwIfNoEntry: false });
    if (!copy) return;
    const isCut = copy.size > 0 && !(this.liveBytes >= copy.size && (await beginsLike(this.path, copyPath)));
    if (!isCut) await rm(copyPath, { force: true });
    else await shiftParts(this.path, MOST_OLD_LOGS);
  }

  async #read(place: number, limitBytes: number): Promise<StreamPiece> {
    const old = this.#segments();
    for (const [index, { start, size }] of old.entries()) {
      if (place >= start + size) continue;
      const from = Math.max(place, start);
      const path = oldLogPath(this.path, old.length - index);
      const bytes = await readPart(path, from - start, Math.min(limitBytes, start + size - from));
      // A part that somebody removed by hand is passed over.
      if (bytes.length > 0) return { bytes, from };
    }
    // A file that somebody emptied by hand begins anew.
    const from = place < this.#liveStart || place > this.end ? this.#liveStart : place;
    return { bytes: await readPart(this.path, from - this.#liveStart, limitBytes), from };
  }

  async #observe(): Promise<number> {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    if (!stat) return 0;
    let last = this.#lastMark ?? FIRST;
    if (stat.size < last.endByte) {
      await writeMarks(this.path, { marks: [], isMidLine: false });
      last = FIRST;
      this.#lastMark = undefined;
      this.#firstAt = undefined;
    }
    if (stat.size === last.endByte) return stat.size;
    const mark = { endByte: stat.size, at: Math.floor(Math.min(stat.mtimeMs, this.#clock.now())) };
    await addMark(this.path, mark, last);
    this.#lastMark = mark;
    this.#firstAt ??= mark.at;
    return stat.size;
  }

  #allMarks(): TimeMark[] {
    const old = this.#segments();
    const parts = [...old, { start: this.#liveStart, size: Number.POSITIVE_INFINITY }];
    return parts.flatMap(({ start, size }, index) =>
      readMarks(oldLogPath(this.path, old.length - index))
        .marks.filter(({ endByte }) => endByte <= size)
        .map(({ endByte, at }) => ({ endByte: start + endByte, at })),
    );
  }

  async #rotate(rotation: LogRotation, isOld: boolean): Promise<Cut | undefined> {
    const size = this.liveBytes;
    if (size === 0 || !(isOld || size > rotation.limitBytes)) return undefined;
    await this.#observe();
    // More than is kept of a log came between two looks: what would be thrown away is not copied first.
    const kept = rotation.limitBytes * (rotation.keep + 1);
    if (size > kept) return this.#empty(rotation, rotation.limitBytes);
    const block = await blockBytes(this.path);
    const most = Math.min(size - 1, Math.max(rotation.limitBytes, block));
    const bytes = most - (most % block);
    if (bytes === 0) return isOld && size <= rotation.limitBytes ? undefined : this.#empty(rotation, kept);
    await copyPart(this.path, movingPath(this.path), { from: 0, to: bytes });
    const gapBecause = await collapseStart(this.path, bytes);
    if (gapBecause !== undefined) return { ...(await this.#empty(rotation, kept)), gapBecause };
    await this.#moved(rotation, { size: bytes, cutBytes: bytes, skipped: 0 });
    return { lostBytes: 0 };
  }

  /** Copies the last bytes and empties the file: the way with a gap. */
  async #empty(rotation: LogRotation, mostBytes: number): Promise<Cut> {
    const to = this.liveBytes;
    const from = to <= mostBytes ? 0 : await this.#lineAfter(to - mostBytes);
    const heading = from > 0 ? `[${from} bytes before this came too fast to be kept]\n` : '';
    const copyPath = movingPath(this.path);
    const copied = await copyPart(this.path, copyPath, { from, to, heading });
    const { size, added } = emptyAfterCopy(this.path, copyPath, to);
    await this.#moved(rotation, { size: copied + added, cutBytes: size, skipped: from - heading.length });
    return { lostBytes: from + size - to - added };
  }

  /** Where the first line begins after a byte of the file; the byte itself when that is too far on. */
  async #lineAfter(byte: number): Promise<number> {
    return byte + (await readPart(this.path, byte, LINE_SEARCH_BYTES)).indexOf(10) + 1;
  }

  /** The log was cut and its beginning copied: the copy becomes `.1`, marks and places follow. */
  async #moved(
    { keep }: LogRotation,
    { size, cutBytes, skipped }: { size: number; cutBytes: number; skipped: number },
  ): Promise<void> {
    const { marks, isMidLine } = readMarks(this.path);
    const isOfOld = ({ endByte }: TimeMark) => endByte <= cutBytes;
    const next = marks.find((mark) => !isOfOld(mark));
    const ofOld = shifted(
      marks.filter((mark) => isOfOld(mark) && mark.endByte > skipped),
      skipped,
    );
    const ofLive = shifted(
      marks.filter((mark) => !isOfOld(mark)),
      cutBytes,
    );
    // The line the cut went through, and whatever else came after the last mark, was there by the next one.
    if ((ofOld.at(-1)?.endByte ?? 0) < size) ofOld.push({ endByte: size, at: next?.at ?? this.#clock.now() });
    const isCutMidLine = !(await endsWithNewline(movingPath(this.path)));
    await shiftParts(this.path, keep);
    if (keep > 0)
      await writeMarks(oldLogPath(this.path, 1), { marks: ofOld, isMidLine: isMidLine && skipped === 0 });
    await writeMarks(this.path, { marks: ofLive, isMidLine: isCutMidLine });
    const old = this.#segments();
    this.#liveStart += cutBytes;
    old.push({ start: this.#liveStart - size, size });
    old.splice(0, old.length - keep);
    this.#lastMark = ofLive.at(-1);
    this.#firstAt = ofLive[0]?.at;
  }
}

function shifted(marks: readonly TimeMark[], bytes: number): TimeMark[] {
  return marks.map(({ endByte, at }) => ({ endByte: endByte - bytes, at }));
}

async function endsWithNewline(path: string): Promise<boolean> {
  const { size } = statSync(path);
  return size === 0 || (await readPart(path, size - 1, 1))[0] === 10;
}

function movingPath(path: string): string {
  return `${path}.moving`;
}

/** Every old part moves one on, the copy becomes the newest; what is more than `keep` goes. */
async function shiftParts(path: string, keep: number): Promise<void> {
  let last = 0;
  while (last < MOST_OLD_LOGS && statSync(oldLogPath(path, last + 1), { throwIfNoEntry: false })) last += 1;
  for (let number = last; number >= 1; number -= 1) {
    const part = oldLogPath(path, number);
    if (number >= keep) await removePart(part);
    else {
      await rename(part, oldLogPath(path, number + 1));
      await renameIfThere(marksPath(part), marksPath(oldLogPath(path, number + 1)));
    }
  }
  if (keep > 0) await rename(movingPath(path), oldLogPath(path, 1));
  else await rm(movingPath(path), { force: true });
}

async function removePart(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(marksPath(path), { force: true });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function readPart(path: string, from: number, limitBytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return Buffer.alloc(0);
  try {
    const buffer = Buffer.alloc(limitBytes);
    const { bytesRead } = await file.read(buffer, 0, limitBytes, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
