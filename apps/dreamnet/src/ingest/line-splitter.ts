const NEWLINE = 0x0a;

/** What a piece of a stream completes. */
export interface SplitLines {
  /** Whole lines with newlines between them and none at the end; undefined when none is whole. */
  block: Buffer | undefined;
  /** Lines longer than the limit that ended here; their bytes were not kept. */
  tooLong: number;
}

/** Cuts a stream of bytes after its last newline and keeps the rest, up to a limit. */
export interface LineSplitter {
  take(part: Buffer): SplitLines;
  /** The stream is over. @returns was half a line left? It is given up. */
  end(): boolean;
}

/** @param limitBytes Longest line; what is longer is passed over up to its newline. */
export function createLineSplitter(limitBytes: number): LineSplitter {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isSkipping = false;
  const keep = (part: Buffer): void => {
    if (isSkipping || part.length === 0) return;
    restBytes += part.length;
    if (restBytes <= limitBytes) {
      rest.push(part);
      return;
    }
    isSkipping = true;
    rest = [];
    restBytes = 0;
  };
  const finish = (part: Buffer): SplitLines => {
    if (isSkipping) {
      isSkipping = false;
      const next = part.indexOf(NEWLINE);
      return { block: next < 0 ? undefined : part.subarray(next + 1), tooLong: 1 };
    }
    const begun = rest;
    rest = [];
    restBytes = 0;
    return { block: begun.length === 0 ? part : Buffer.concat([...begun, part]), tooLong: 0 };
  };
  return {
    take: (part) => {
      const last = part.lastIndexOf(NEWLINE);
      if (last < 0) {
        keep(part);
        return { block: undefined, tooLong: 0 };
      }
      const whole = finish(part.subarray(0, last));
      keep(part.subarray(last + 1));
      return whole;
    },
    end: () => {
      const isHalf = isSkipping || restBytes > 0;
      rest = [];
      restBytes = 0;
      isSkipping = false;
      return isHalf;
    },
  };
}
