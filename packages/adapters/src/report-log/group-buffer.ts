import { FRAME_HEADER_BYTES, writeFrame } from './frames.js';

const FIRST_SIZE_BYTES = 64 * 1024;

/** Frames that will be written together, and the one promise of all who wait for them. */
export interface Group {
  /** The frames so far. A view, good until the next `add`. */
  bytes(): Buffer;
  readonly size: number;
  add(bytes: Uint8Array, at: number): Promise<void>;
  settle(error?: unknown): void;
}

/** An empty group. Its memory doubles as needed. */
export function createGroup(): Group {
  let buffer = Buffer.allocUnsafe(FIRST_SIZE_BYTES);
  let size = 0;
  let finish: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const settled = new Promise<void>((resolve, reject) => {
    finish = { resolve, reject };
  });
  return {
    bytes: () => buffer.subarray(0, size),
    get size() {
      return size;
    },
    add: (bytes, at) => {
      const needed = size + FRAME_HEADER_BYTES + bytes.length;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
        buffer.copy(larger, 0, 0, size);
        buffer = larger;
      }
      size = writeFrame(buffer, size, { bytes, at });
      return settled;
    },
    settle: (error) => {
      if (error === undefined) finish?.resolve();
      else finish?.reject(error);
    },
  };
}
