import { constants, statSync, write } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { fileNumber } from '../file-number.js';
import { type Segment, segmentPath, syncDirectory } from './segments.js';

/** Writes at the end of the newest segment. */
export interface SegmentWriter {
  /** The segment written to; undefined before the first write and after a failed one that could not be undone. */
  readonly current: Segment | undefined;
  /** All of it on disk, or a throw and nothing of it kept. One call at a time. */
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentWriterOptions {
  directory: string;
  /** A segment that has grown past this is followed by a new one. */
  segmentBytes: number;
  /** Position of the next segment's first byte. */
  nextBase: () => number;
  /** A new segment was begun. */
  onBegun: (segment: Segment) => void;
}

/** Each write returns when its bytes are on the disk, as after `fdatasync`: one call for both. */
const WRITE_THROUGH = constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_DSYNC;

/** A writer that opens its first file when something is to be written. */
export function createSegmentWriter(options: SegmentWriterOptions): SegmentWriter {
  const { directory, segmentBytes, nextBase, onBegun } = options;
  let handle: FileHandle | undefined;
  let current: Segment | undefined;
  let number: string | undefined;
  const leave = async (): Promise<void> => {
    const left = handle;
    handle = undefined;
    current = undefined;
    await left?.close();
  };
  const begin = async (): Promise<{ file: FileHandle; segment: Segment }> => {
    await leave();
    const base = nextBase();
    const path = segmentPath(directory, base);
    const file = await open(path, WRITE_THROUGH, 0o600);
    handle = file;
    number = fileNumber(await file.stat({ bigint: true }));
    await syncDirectory(directory);
    const segment = { base, path, size: 0 };
    current = segment;
    onBegun(segment);
    return { file, segment };
  };
  return {
    get current() {
      return current;
    },
    write: async (bytes) => {
      const isRoomLeft = current !== undefined && current.size < segmentBytes;
      const { file, segment } =
        handle && current && isRoomLeft ? { file: handle, segment: current } : await begin();
      try {
        await writeAll(file, bytes, segment.size);
        // Nobody reads again what is in a file that was removed.
        const found = statSync(segment.path, { bigint: true, throwIfNoEntry: false });
        if (fileNumber(found) !== number) throw removed(directory);
        segment.size += bytes.length;
      } catch (thrown) {
        // What may be half on disk was not acknowledged: it goes, so that what follows can be read.
        const isUndone = await file.truncate(segment.size).then(
          () => true,
          () => false,
        );
        if (!isUndone || isRemoved(thrown)) await leave();
        throw thrown;
      }
    },
    close: leave,
  };
}

function isRemoved(thrown: unknown): boolean {
  return DreamnetError.is(thrown);
}

/** The one error of ours here: what the disk refuses is the system's. */
function removed(directory: string): DreamnetError {
  const message = 'the file that is written to is not in its place any more';
  return adaptersError('DN_REPORT_LOG_IO', { directory, message });
}

/** A nearly full disk takes a part and says so only when asked again. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += await writeSome(file.fd, bytes.subarray(done), position + done);
}

/** The plain call: a promise of the file's own costs as much again as the write. */
function writeSome(fd: number, bytes: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      if (error) reject(error);
      else resolve(written);
    });
  });
}
