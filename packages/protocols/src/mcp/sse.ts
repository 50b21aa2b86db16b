import { createGatherer } from '@dreamnet/kit';

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20];
const NEWLINE = Buffer.from('\n');
const DATA = Buffer.from('data:');

/** Takes a server-sent-event stream piece by piece. */
export interface SseReader {
  /** What a piece of any size costs is proportional to its bytes, whatever came before it. */
  push(chunk: Buffer): void;
}

/**
 * Reads a server-sent-event stream. Bytes are joined before they are decoded, so no character is torn; how many wait for the end of
 * their event is bounded by whoever bounds the stream.
 *
 * @param onData Called with the data of each event; comments, names and ids are of no use here.
 * @source WHATWG HTML, "Server-sent events", event stream interpretation
 */
export function createSseReader(onData: (data: string) => void): SseReader {
  return new Reader(onData);
}

class Reader implements SseReader {
  readonly #onData: (data: string) => void;
  /** What earlier pieces had of the line. */
  readonly #line = createGatherer();
  /** Of the event so far, its lines joined by newlines. */
  readonly #data = createGatherer();
  #hasData = false;
  /** The last piece ended with a CR, which may be the first half of a CRLF. */
  #isAfterCr = false;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    let from = this.#isAfterCr && chunk[0] === LF ? 1 : 0;
    this.#isAfterCr = false;
    const nextEnd = lineEnds(chunk);
    for (let end = nextEnd(from); end < chunk.length; end = nextEnd(from)) {
      this.#endLine(chunk.subarray(from, end));
      from = end + 1;
      if (chunk[end] !== CR) continue;
      if (from === chunk.length) this.#isAfterCr = true;
      else if (chunk[from] === LF) from += 1;
    }
    this.#line.add(chunk.subarray(from));
  }

  #endLine(piece: Buffer): void {
    const isWhole = this.#line.size === 0;
    if (!isWhole) this.#line.add(piece);
    this.#readLine(isWhole ? piece : this.#line.take());
  }

  #readLine(line: Buffer): void {
    if (line.length === 0) this.#endEvent();
    else if (line.length >= DATA.length && line.compare(DATA, 0, DATA.length, 0, DATA.length) === 0) {
      if (this.#hasData) this.#data.add(NEWLINE);
      this.#hasData = true;
      this.#data.add(line.subarray(line[DATA.length] === SPACE ? DATA.length + 1 : DATA.length));
    }
  }

  #endEvent(): void {
    if (!this.#hasData) return;
    this.#hasData = false;
    this.#onData(this.#data.take().toString('utf8'));
  }
}

/** @returns Where the first line end at or after a place is, or the length. Asked with places that only grow, it looks at no byte twice. */
function lineEnds(chunk: Buffer): (from: number) => number {
  const seek = (byte: number) => {
    let at = -1;
    return (from: number) => {
      if (at < from) at = chunk.indexOf(byte, from);
      if (at < 0) at = chunk.length;
      return at;
    };
  };
  const [nextLf, nextCr] = [seek(LF), seek(CR)];
  return (from) => Math.min(nextLf(from), nextCr(from));
}
