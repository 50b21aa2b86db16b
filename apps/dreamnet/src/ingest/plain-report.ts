import type { HealthReport, SubsystemStatus } from '@dreamnet/contracts';
import type { MetricColumns } from '@dreamnet/dreamnet-os-core';
import { createFirstName, type Name, type NameBook } from './name-book.js';
import { readPlainNumber } from './plain-number.js';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** A report with more is looked at the long way. */
const MOST_METRICS = 64;

const toBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

type PlainField = 'subsystem' | 'status' | 'metrics' | 'seq' | 'at' | 'isIrregular' | 'inFlight' | 'progress';
/** In the order in which they are guessed. */
const FIELDS: readonly { field: PlainField; bytes: Uint8Array }[] = (
  ['subsystem', 'status', 'metrics', 'seq', 'at', 'isIrregular', 'inFlight', 'progress'] as const
).map((field) => ({ field, bytes: toBytes(`"${field}":`) }));
const STATUSES: readonly { value: SubsystemStatus; bytes: Uint8Array }[] = (
  ['ok', 'warn', 'error', 'unknown'] as const
).map((value) => ({ value, bytes: toBytes(`"${value}"`) }));
const TRUE = toBytes('true');
const FALSE = toBytes('false');

/** Every field is always there: whoever reads it finds the same shape in each report. */
interface Report {
  subsystem: string;
  status: SubsystemStatus;
  seq: number | undefined;
  at: number | undefined;
  isIrregular: boolean | undefined;
  inFlight: number | undefined;
  progress: number | undefined;
  details: string | undefined;
  openToolCall: HealthReport['openToolCall'];
  calls: HealthReport['calls'];
  ttlMs: number | undefined;
  metrics: HealthReport['metrics'];
}

/**
 * Reads reports as nearly all senders write them: JSON without blanks (or with one behind each colon and comma), in
 * plain ASCII, with plain numbers. What it reads `reportProblem` finds nothing wrong with; whatever is unusual is left to
 * `JSON.parse`. It makes no objects: `report` and `columns` are those of the last report that was read.
 */
export class PlainReportReader {
  /** Its metrics are in `columns`. */
  get report(): HealthReport {
    return this.#report as HealthReport;
  }
  /** Undefined when the report had none. */
  get columns(): MetricColumns | undefined {
    return this.#hasMetrics ? this.#columns : undefined;
  }

  readonly #names: NameBook;
  readonly #report: Report = {
    subsystem: '',
    status: 'unknown',
    seq: undefined,
    at: undefined,
    isIrregular: undefined,
    inFlight: undefined,
    progress: undefined,
    details: undefined,
    openToolCall: undefined,
    calls: undefined,
    ttlMs: undefined,
    metrics: undefined,
  };
  readonly #columns: { names: string[]; values: number[]; count: number } = {
    names: [],
    values: [],
    count: 0,
  };
  #hasMetrics = false;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #cursor = { at: 0 };
  #subsystem: Name = createFirstName();
  readonly #firstMetric: Name = createFirstName();
  /** The place in `FIELDS` of what stood at each place of the last report. */
  readonly #order: number[] = [];

  constructor(names: NameBook) {
    this.#names = names;
  }

  /**
   * Reads the report that begins at `from`.
   *
   * @returns where it ends: at a newline, or at the end of the bytes; -1 when what is there is no plain report
   */
  read(bytes: Uint8Array, from: number): number {
    this.#bytes = bytes;
    this.#cursor.at = from + 1;
    if (bytes[from] !== OPENING_BRACE) return -1;
    this.#clear();
    let seen = 0;
    for (let turn = 0; ; turn += 1) {
      const place = this.#field(turn);
      // Of a field that comes twice the last counts, which is left to others.
      if (place < 0 || (seen & (1 << place)) !== 0 || !this.#value(place)) return -1;
      seen |= 1 << place;
      if (!this.#isMore()) break;
    }
    const { at } = this.#cursor;
    // The first two fields must be there.
    const isWhole = bytes[at - 1] === CLOSING_BRACE && (seen & 3) === 3;
    return isWhole && (at === bytes.length || bytes[at] === NEWLINE) ? at : -1;
  }

  #clear(): void {
    const report = this.#report;
    report.seq = undefined;
    report.at = undefined;
    report.isIrregular = undefined;
    report.inFlight = undefined;
    report.progress = undefined;
    this.#hasMetrics = false;
  }

  /** Passes over the byte after a value; true when another follows. */
  #isMore(): boolean {
    const cursor = this.#cursor;
    const isComma = this.#bytes[cursor.at] === COMMA;
    cursor.at += 1;
    if (isComma && this.#bytes[cursor.at] === SPACE) cursor.at += 1;
    return isComma;
  }

  #field(turn: number): number {
    const guess = this.#order[turn];
    if (guess !== undefined && this.#passField(guess)) return guess;
    for (let place = 0; place < FIELDS.length; place += 1) {
      if (!this.#passField(place)) continue;
      this.#order[turn] = place;
      return place;
    }
    return -1;
  }

  #passField(place: number): boolean {
    const known = FIELDS[place];
    if (known === undefined || !this.#pass(known.bytes)) return false;
    if (this.#bytes[this.#cursor.at] === SPACE) this.#cursor.at += 1;
    return true;
  }

  /** Are these the next bytes? Then they are passed over. */
  #pass(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const { at } = this.#cursor;
    for (let index = 0; index < expected.length; index += 1)
      if (bytes[at + index] !== expected[index]) return false;
    this.#cursor.at = at + expected.length;
    return true;
  }

  #value(place: number): boolean {
    const report = this.#report;
    switch (FIELDS[place]?.field) {
      case 'subsystem':
        return this.#readSubsystem();
      case 'status':
        return this.#readStatus();
      case 'metrics':
        return this.#readMetrics();
      case 'isIrregular':
        return this.#readFlag();
      case 'seq':
        report.seq = this.#readNumber();
        return isCount(report.seq);
      case 'inFlight':
        report.inFlight = this.#readNumber();
        return isCount(report.inFlight);
      case 'at':
        report.at = this.#readNumber();
        return !Number.isNaN(report.at);
      default:
        report.progress = this.#readNumber();
        return !Number.isNaN(report.progress);
    }
  }

  #readNumber(): number {
    return readPlainNumber(this.#bytes, this.#cursor);
  }

  #readSubsystem(): boolean {
    const name = this.#readName(this.#subsystem);
    if (name === undefined) return false;
    this.#subsystem = name;
    this.#report.subsystem = name.text;
    return true;
  }

  #readName(before: Name): Name | undefined {
    const cursor = this.#cursor;
    if (this.#bytes[cursor.at] !== QUOTE) return undefined;
    const name = this.#names.read(this.#bytes, cursor.at + 1, before);
    if (name !== undefined) cursor.at += name.bytes.length + 2;
    return name;
  }

  #readStatus(): boolean {
    for (const { value, bytes } of STATUSES) {
      if (!this.#pass(bytes)) continue;
      this.#report.status = value;
      return true;
    }
    return false;
  }

  #readFlag(): boolean {
    const isTrue = this.#pass(TRUE);
    if (!isTrue && !this.#pass(FALSE)) return false;
    this.#report.isIrregular = isTrue;
    return true;
  }

  #readMetrics(): boolean {
    const cursor = this.#cursor;
    const columns = this.#columns;
    if (this.#bytes[cursor.at] !== OPENING_BRACE) return false;
    cursor.at += 1;
    this.#hasMetrics = true;
    columns.count = 0;
    if (this.#bytes[cursor.at] === CLOSING_BRACE) {
      cursor.at += 1;
      return true;
    }
    let before = this.#firstMetric;
    do {
      const name = this.#readName(before);
      if (name === undefined || !this.#readMetric(name.text)) return false;
      before = name;
    } while (this.#isMore());
    return this.#bytes[cursor.at - 1] === CLOSING_BRACE;
  }

  #readMetric(name: string): boolean {
    const cursor = this.#cursor;
    const { names, values, count } = this.#columns;
    if (this.#bytes[cursor.at] !== COLON || count === MOST_METRICS) return false;
    cursor.at += this.#bytes[cursor.at + 1] === SPACE ? 2 : 1;
    const value = this.#readNumber();
    if (Number.isNaN(value)) return false;
    for (let place = 0; place < count; place += 1) if (names[place] === name) return false;
    names[count] = name;
    values[count] = value;
    this.#columns.count = count + 1;
    return true;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
