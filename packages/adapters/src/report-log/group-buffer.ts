import { FRAME_HEADER_BYTES, writeFrame } from './frames.js';

const FIRST_SIZE_BYTES = 64 * 1024;
/** What a burst made larger is given back afterwards. */
const KEPT_SIZE_BYTES = 4 * 1024 * 1024;

/** Frames that will be written together, and the one promise of all who wait for them. */
export interface Group {
  /** The frames so far. A view, good until the next `add`. */
  bytes(): Buffer;
  readonly size: number;
  readonly entries: number;
  add(bytes: Uint8Array, at: number): Promise<void>;
  /** Tells all who wait and is empty again. Its memory is used anew: a new buffer each time would be most of the work. */
  settle(error?: unknown): void;
}

interface Waiters {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** An empty group. Its memory doubles as needed. */
export function createGroup(): Group {
  let buffer = Buffer.allocUnsafeSlow(FIRST_SIZE_BYTES);
  let size = 0;
  let entries = 0;
  let waiters: Waiters | undefined;
  return {
    bytes: () => buffer.subarray(0, size),
    get size() {
      return size;
    },
    get entries() {
      return entries;
    },
    add: (bytes, at) => {
      const needed = size + FRAME_HEADER_BYTES + bytes.length;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2));
        buffer.copy(larger, 0, 0, size);
        buffer = larger;
      }
      size = writeFrame(buffer, size, { bytes, at });
      entries += 1;
      waiters ??= createWaiters();
      return waiters.promise;
    },
    settle: (error) => {
      const told = waiters;
      waiters = undefined;
      size = 0;
      entries = 0;
      if (buffer.length > KEPT_SIZE_BYTES) buffer = Buffer.allocUnsafeSlow(FIRST_SIZE_BYTES);
      if (error === undefined) told?.resolve();
      else told?.reject(error);
    },
  };
}

function createWaiters(): Waiters {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}
