/** What a receiver answered. `text` is the beginning of its body, on one line. */
export interface HttpAnswer {
  status: number;
  text: string;
  /** By their names in lower case; of several the first. */
  headers: Readonly<Record<string, string | undefined>>;
}

/** How far the reading of an answer has come. */
export type ReadState =
  /** More must come. */
  | 'open'
  /** It is all there, and the connection may be used again. */
  | 'whole'
  /** As much of it as is wanted is there; the connection is of no further use. */
  | 'cut'
  /** This is no answer of HTTP/1. */
  | 'unreadable';

/** Reads one answer from what a connection brings. */
export interface AnswerReader {
  push(chunk: Buffer): ReadState;
  /** The other side will send no more. @returns Is the answer whole by that? */
  end(): boolean;
  /** Has anything come? */
  readonly hasBegun: boolean;
  /** What was read; to be asked for when it is whole or cut. */
  answer(): HttpAnswer;
}

/** Enough of an answer to explain a refusal; a receiver that sends more is cut off. */
const TEXT_LIMIT_BYTES = 2048;
/** Far more than any answer's head is long. */
const HEAD_LIMIT_BYTES = 16 * 1024;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_LINE = Buffer.from('\r\n');
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const CHUNK_LINE = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i;
const NOTHING = Buffer.alloc(0);
/** What a message without a length ends with. */
const UNTIL_CLOSED = Number.POSITIVE_INFINITY;

/**
 * A reader for the answer to one POST. It keeps no more than it needs to explain a refusal, and gives a connection up at
 * the first thing that could be read in two ways.
 *
 * @source RFC 9112 §4 (status line), §6.3 (length of a message), §7.1 (chunks)
 */
export function createAnswerReader(): AnswerReader {
  return new LimitedReader();
}

type Part = 'head' | 'sized' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailer';

class LimitedReader implements AnswerReader {
  hasBegun = false;
  private part: Part = 'head';
  private rest: Buffer = NOTHING;
  private status = 0;
  private headers: Record<string, string> = {};
  private isKept = true;
  /** Bytes to come of the body, or of its chunk. */
  private leftBytes = 0;
  private body: Buffer = NOTHING;

  push(chunk: Buffer): ReadState {
    this.hasBegun = true;
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const state = this.step();
      if (state !== 'next') return state;
    }
  }

  end(): boolean {
    return this.part === 'sized' && this.leftBytes === UNTIL_CLOSED;
  }

  answer(): HttpAnswer {
    const text = this.body.toString('utf8').replace(/\s+/g, ' ').trim();
    return { status: this.status, text, headers: this.headers };
  }

  private step(): ReadState | 'next' {
    if (this.part === 'head') return this.readHead();
    if (this.part === 'sized' || this.part === 'chunk') return this.readBody();
    const line = this.takeUntil(END_OF_LINE);
    if (line === undefined) return this.rest.length > HEAD_LIMIT_BYTES ? 'unreadable' : 'open';
    if (this.part === 'chunk-line') return this.readChunkLine(line);
    if (this.part === 'trailer') return line === '' ? this.whole() : 'next';
    this.part = 'chunk-line';
    return line === '' ? 'next' : 'unreadable';
  }

  private readHead(): ReadState | 'next' {
    const head = this.takeUntil(END_OF_HEAD);
    if (head === undefined)
      return this.rest.length > HEAD_LIMIT_BYTES || !this.isHttp() ? 'unreadable' : 'open';
    const [first = '', ...lines] = head.split('\r\n');
    const [, minor, status] = STATUS_LINE.exec(first) ?? [];
    const headers = headersOf(lines);
    if (status === undefined || headers === undefined || head.length > HEAD_LIMIT_BYTES) return 'unreadable';
    this.status = Number(status);
    // Interim answers come before the one that counts; nobody asked for another protocol.
    if (this.status < 200) return this.status === 101 ? 'unreadable' : 'next';
    this.headers = headers;
    this.isKept = minor === '1' && !/\bclose\b/i.test(headers.connection ?? '');
    return this.measureBody() ? 'next' : 'unreadable';
  }

  /** What is not HTTP is seen by its first bytes: it may never send what ends a head. */
  private isHttp(): boolean {
    return 'HTTP/1.'.startsWith(this.rest.toString('latin1', 0, 7));
  }

  /** @returns Can it be told where the body ends? */
  private measureBody(): boolean {
    const { 'transfer-encoding': coding, 'content-length': length } = this.headers;
    this.part = 'sized';
    if (this.status === 204 || this.status === 304) this.leftBytes = 0;
    else if (coding !== undefined) {
      if (coding.toLowerCase() === 'chunked') this.part = 'chunk-line';
      else this.leftBytes = UNTIL_CLOSED;
      if (length !== undefined) this.isKept = false;
    } else if (length === undefined) this.leftBytes = UNTIL_CLOSED;
    else if (/^\d{1,15}$/.test(length)) this.leftBytes = Number(length);
    else return false;
    return true;
  }

  private readBody(): ReadState | 'next' {
    const part = this.rest.subarray(0, Math.min(this.rest.length, this.leftBytes));
    const wanted = part.subarray(0, TEXT_LIMIT_BYTES - this.body.length);
    if (wanted.length > 0) this.body = Buffer.concat([this.body, wanted]);
    this.rest = this.rest.subarray(part.length);
    this.leftBytes -= part.length;
    if (this.leftBytes > 0) return this.body.length >= TEXT_LIMIT_BYTES ? 'cut' : 'open';
    if (this.part === 'sized') return this.whole();
    this.part = 'chunk-end';
    return this.body.length >= TEXT_LIMIT_BYTES ? 'cut' : 'next';
  }

  private readChunkLine(line: string): ReadState | 'next' {
    const [, digits] = CHUNK_LINE.exec(line) ?? [];
    if (digits === undefined) return 'unreadable';
    this.leftBytes = Number.parseInt(digits, 16);
    this.part = this.leftBytes === 0 ? 'trailer' : 'chunk';
    return 'next';
  }

  /** More than was asked for is nothing that a second request could be mixed up with. */
  private whole(): ReadState {
    return this.isKept && this.rest.length === 0 ? 'whole' : 'cut';
  }

  private takeUntil(end: Buffer): string | undefined {
    const at = this.rest.indexOf(end);
    if (at < 0) return undefined;
    const text = this.rest.toString('latin1', 0, at);
    this.rest = this.rest.subarray(at + end.length);
    return text;
  }
}

/** @returns undefined when a line is no header, or when it says two lengths. */
function headersOf(lines: readonly string[]): Record<string, string> | undefined {
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith(' ') || line.startsWith('\t')) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (name === 'content-length' && known !== value) return undefined;
    else if (name === 'transfer-encoding' || name === 'connection') headers[name] = `${known}, ${value}`;
  }
  return headers;
}
