/** What the bytes read so far make: whole lines, and how many were too long. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Bytes of a line that has no end yet. */
  readonly unfinishedBytes: number;
}

export interface LineSplitterOptions {
  limitBytes: number;
  onLine: (line: string) => void;
  /** A line passed the limit; its rest is skipped up to the next newline, so that memory stays bounded. */
  onOversized: () => void;
}

const NEWLINE = 0x0a;

/** Cuts a byte stream at newlines. Bytes are joined before they are decoded, so no character is torn. */
export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;
  let isSkipping = false;
  const keep = (piece: Buffer) => {
    if (isSkipping || piece.length === 0) return;
    size += piece.length;
    if (size <= options.limitBytes) {
      parts.push(piece);
      return;
    }
    parts = [];
    isSkipping = true;
    options.onOversized();
  };
  const endLine = () => {
    const line = isSkipping ? '' : Buffer.concat(parts, size).toString('utf8').trim();
    parts = [];
    size = 0;
    isSkipping = false;
    if (line !== '') options.onLine(line);
  };
  return {
    get unfinishedBytes() {
      return size;
    },
    push: (chunk) => {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        keep(chunk.subarray(from, at));
        endLine();
        from = at + 1;
      }
      keep(chunk.subarray(from));
    },
  };
}
