import { mkdir, rm } from 'node:fs/promises';
import type { Clock, ReportLog } from '@dreamnet/contracts';
import { DreamnetError, sleep } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { FRAME_HEADER_BYTES, LARGEST_ENTRY_BYTES } from './frames.js';
import { createGroup, type Group } from './group-buffer.js';
import { removeTrial, tryRoom } from './room-trial.js';
import { createSegmentWriter, type SegmentWriter } from './segment-writer.js';
import { listSegments, replaySegments, type Segment } from './segments.js';

export interface ReportLogOptions {
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** Made when missing. Only one log may be open on it (the state lock sees to that). */
  directory: string;
  /** Bytes after which a new file is begun. Default 16 MiB. */
  segmentBytes?: number;
  /** Most bytes kept on disk: beyond it the oldest file goes, whether or not a checkpoint passed it. Default 1 GiB. */
  limitBytes?: number;
  /** Most bytes waiting for the disk: beyond it `append` is refused. Default 32 MiB. */
  waitingBytes?: number;
  /** A file was begun: a good moment for a checkpoint. */
  onSegment?: () => void;
  /** Entries were given up because of `limitBytes`. */
  onDropped?: (bytes: number) => void;
}

/** When several senders wait at a time, more are on their way: so long they are waited for before the next write. */
const GATHER_MS = 1;
/** Room for some hundred reports: with less than that the next refusal is a second away. */
const LEAST_ROOM_BYTES = 64 * 1024;

interface LogState {
  readonly directory: string;
  readonly limits: { segmentBytes: number; limitBytes: number; waitingBytes: number };
  readonly old: readonly Segment[];
  segments: Segment[];
  position: number;
  waiting: Group;
  /** The other buffer: written, or empty. */
  spare: Group;
  /** Bytes handed to the disk and not settled yet. */
  writingBytes: number;
  writing: Promise<void> | undefined;
  failing: DreamnetError | undefined;
  /** While it fails: the most bytes that could not be written together. */
  refusedBytes: number;
  /** While it fails: bytes written since the last refusal. */
  keptBytes: number;
  /** Who waits for a new file to be begun with the next write. */
  turns: { done: () => void; failed: (error: DreamnetError) => void }[];
  isClosed: boolean;
}

/**
 * Opens the report log of a folder: one `fdatasync` for everything that arrived while the one before was under way.
 * A write that fails is undone, and the next one tries again by itself.
 *
 * @throws DN_REPORT_LOG_IO when the folder can be neither made nor read.
 */
export async function openReportLog(options: ReportLogOptions): Promise<ReportLog> {
  const { directory } = options;
  const limits = {
    segmentBytes: options.segmentBytes ?? 16 * 1024 * 1024,
    limitBytes: options.limitBytes ?? 1024 ** 3,
    waitingBytes: options.waitingBytes ?? 32 * 1024 * 1024,
  };
  const old = await openFolder(directory);
  const newest = old.at(-1);
  const state: LogState = {
    directory,
    limits,
    old,
    segments: [...old],
    position: newest === undefined ? 0 : newest.base + newest.size,
    waiting: createGroup(),
    spare: createGroup(),
    writingBytes: 0,
    writing: undefined,
    failing: undefined,
    refusedBytes: 0,
    keptBytes: 0,
    turns: [],
    isClosed: false,
  };
  const writer = createSegmentWriter({
    directory,
    segmentBytes: limits.segmentBytes,
    nextBase: () => state.position,
    onBegun: (segment) => {
      // One that could not even be emptied again is begun anew under its own name.
      state.segments = [...state.segments.filter(({ base }) => base !== segment.base), segment];
      options.onSegment?.();
    },
  });
  return toLog(state, writer, options);
}

async function openFolder(directory: string): Promise<Segment[]> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await removeTrial(directory);
    return await listSegments(directory);
  } catch (thrown) {
    throw logFailure(thrown, directory);
  }
}

function toLog(state: LogState, writer: SegmentWriter, options: ReportLogOptions): ReportLog {
  const { directory } = state;
  return {
    get position() {
      return state.position;
    },
    get failing() {
      return state.failing?.toJSON();
    },
    append: (bytes, at) => {
      const refusal = refusalOf(state, bytes.length);
      if (refusal) return Promise.reject(refusal);
      const settled = state.waiting.add(bytes, at);
      state.writing ??= writeWaiting(state, writer, options);
      return settled;
    },
    tryAgain: () => tryAgain(state, writer, options),
    replay: async (each) => {
      try {
        return await replaySegments(state.old, each);
      } catch (thrown) {
        throw logFailure(thrown, directory);
      }
    },
    turn: () => {
      if (state.isClosed) return Promise.resolve();
      const turned = new Promise<void>((done, failed) => state.turns.push({ done, failed }));
      state.writing ??= writeWaiting(state, writer, options);
      return turned;
    },
    checkpoint: (upTo) => dropSegments(state, (segment) => segment.base + segment.size <= upTo, writer),
    close: async () => {
      state.isClosed = true;
      await state.writing;
      await writer.close();
    },
  };
}

function refusalOf(state: LogState, bytes: number): DreamnetError | undefined {
  const { directory, limits } = state;
  if (state.isClosed) return adaptersError('DN_REPORT_LOG_CLOSED', { directory });
  const isTooMuch =
    state.writingBytes + state.waiting.size + bytes + FRAME_HEADER_BYTES > limits.waitingBytes ||
    bytes > LARGEST_ENTRY_BYTES;
  return isTooMuch
    ? adaptersError('DN_REPORT_LOG_BUSY', { directory, limit: limits.waitingBytes })
    : undefined;
}

/** Group after group until nothing waits. Never rejects: each group tells those who wait for it. */
async function writeWaiting(
  state: LogState,
  writer: SegmentWriter,
  options: ReportLogOptions,
): Promise<void> {
  // What else arrives in this turn of the event loop shares the first write.
  await new Promise<void>((resolve) => setImmediate(resolve));
  while (state.waiting.size > 0) {
    const group = state.waiting;
    state.waiting = state.spare;
    state.spare = group;
    state.writingBytes = group.size;
    const isBusy = group.entries > 1;
    try {
      await writer.write(group.bytes());
      state.position += group.size;
      state.writingBytes = 0;
      noteKept(state, group.size);
      group.settle();
    } catch (thrown) {
      state.writingBytes = 0;
      group.settle(noteRefused(state, group.size, thrown));
    }
    await turnIfAsked(state, writer);
    await keepWithinLimit(state, writer, options);
    if (isBusy && !state.isClosed) await sleep(options.clock, GATHER_MS);
  }
  await turnIfAsked(state, writer);
  state.writing = undefined;
  // What came while the file was closed.
  if (state.waiting.size > 0) state.writing = writeWaiting(state, writer, options);
}

/** Leaves the file that is written to: the next write begins another one. */
async function turnIfAsked(state: LogState, writer: SegmentWriter): Promise<void> {
  if (state.turns.length === 0) return;
  const { turns } = state;
  state.turns = [];
  try {
    await writer.close();
    for (const { done } of turns) done();
  } catch (thrown) {
    const error = logFailure(thrown, state.directory);
    for (const { failed } of turns) failed(error);
  }
}

/** A nearly full disk takes a small report between two large ones that it refuses: that is no end of it. */
function noteKept(state: LogState, bytes: number): void {
  state.keptBytes += bytes;
  if (state.keptBytes >= roomWanted(state)) endFailing(state);
}

function noteRefused(state: LogState, bytes: number, thrown: unknown): DreamnetError {
  const error = logFailure(thrown, state.directory);
  state.failing = error;
  state.refusedBytes = Math.max(state.refusedBytes, bytes);
  state.keptBytes = 0;
  return error;
}

function endFailing(state: LogState): void {
  state.failing = undefined;
  state.refusedBytes = 0;
  state.keptBytes = 0;
}

function roomWanted({ refusedBytes }: LogState): number {
  return Math.max(refusedBytes, LEAST_ROOM_BYTES);
}

/** Between two writes, as if it were one. */
async function tryAgain(state: LogState, writer: SegmentWriter, options: ReportLogOptions): Promise<void> {
  while (state.writing) await state.writing;
  if (state.failing === undefined || state.isClosed) return;
  const trial = tryRoom(state.directory, roomWanted(state)).then(
    () => endFailing(state),
    (thrown) => {
      state.failing = logFailure(thrown, state.directory);
    },
  );
  state.writing = trial.then(() => writeWaiting(state, writer, options));
  await trial;
}

async function keepWithinLimit(
  state: LogState,
  writer: SegmentWriter,
  options: ReportLogOptions,
): Promise<void> {
  const { limitBytes } = state.limits;
  let total = state.segments.reduce((sum, segment) => sum + segment.size, 0);
  if (total <= limitBytes) return;
  let dropped = 0;
  await dropSegments(
    state,
    (segment) => {
      if (total <= limitBytes) return false;
      total -= segment.size;
      dropped += segment.size;
      return true;
    },
    writer,
  );
  if (dropped > 0) options.onDropped?.(dropped);
}

/** Drops from the oldest on, and never the one that is written to. */
async function dropSegments(
  state: LogState,
  isDone: (segment: Segment) => boolean,
  writer: SegmentWriter,
): Promise<void> {
  for (const segment of [...state.segments]) {
    if (segment === writer.current || !isDone(segment)) return;
    // A file that cannot be removed is tried again at the next checkpoint.
    const isGone = await rm(segment.path, { force: true }).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
    state.segments = state.segments.filter((one) => one !== segment);
  }
}

function logFailure(thrown: unknown, directory: string): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  const { code } = thrown as { code?: string };
  const { message } = DreamnetError.from(thrown);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return adaptersError(isFull ? 'DN_REPORT_LOG_FULL' : 'DN_REPORT_LOG_IO', { directory, message }, thrown);
}
