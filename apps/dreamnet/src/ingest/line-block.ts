import { DreamnetError } from '@dreamnet/kit';
import type { PlainReportReader } from './plain-report.js';
import { isRefusal, type Refusal, type ReportDesk, type Taken } from './report-desk.js';

/** What became of the lines of a block. */
export interface BlockOutcome {
  lines: number;
  accepted: number;
  stale: number;
  refused: number;
  /** The first few refusals; `line` counts from 0 within the block. */
  refusals: { line: number; refusal: Refusal }[];
  /** JSON of the accepted ones with commas between, for the journal; empty when there are none. */
  kept: Buffer;
}

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const SHOWN_REFUSALS = 10;
const NOTHING = Buffer.alloc(0);

export interface BlockTools {
  desk: ReportDesk;
  reader: PlainReportReader;
  /** When the block arrived, epoch ms. */
  at: number;
}

/**
 * Takes one report a line. A block is like its first line: when that is plain each line is read by hand, otherwise all
 * are parsed as one list, which is several times as fast as line by line. Changes the bytes of `block`.
 */
export function takeBlock(block: Buffer, tools: BlockTools): BlockOutcome {
  const outcome: BlockOutcome = {
    lines: 0,
    accepted: 0,
    stale: 0,
    refused: 0,
    refusals: [],
    kept: NOTHING,
  };
  if (tools.reader.read(block, 0) < 0) takeTogether(block, tools, outcome);
  else takeInTurn(block, tools, outcome);
  return outcome;
}

/** What is accepted moves up to the begin of the block, with commas instead of the newlines. */
function takeInTurn(block: Buffer, { desk, reader, at: arrivedAt }: BlockTools, outcome: BlockOutcome): void {
  let written = 0;
  for (let at = 0, line = 0; at <= block.length; line += 1) {
    let end = reader.read(block, at);
    let taken: Taken | undefined;
    if (end >= 0) taken = desk.takePlain(reader, undefined, arrivedAt);
    else {
      const newline = block.indexOf(NEWLINE, at);
      end = newline < 0 ? block.length : newline;
      taken = takeParsed(parseText(block.toString('utf8', at, end)), { desk, at: arrivedAt });
    }
    outcome.lines += 1;
    if (taken !== undefined && note(taken, line, outcome)) {
      if (written < at) block.copyWithin(written, at, end);
      written += end - at;
      if (written < block.length) block[written] = COMMA;
      written += 1;
    }
    at = end + 1;
  }
  if (written > 0) outcome.kept = block.subarray(0, written - 1);
}

function takeTogether(block: Buffer, tools: ParsedTools, outcome: BlockOutcome): void {
  const ends = joinLines(block);
  const values = parseTogether(block, ends.length);
  const kept: number[] = [];
  outcome.lines = ends.length;
  for (let line = 0; line < ends.length; line += 1) {
    const parsed: Parsed | undefined =
      values === undefined
        ? parseText(block.toString('utf8', beginOf(ends, line), ends[line]))
        : { json: values[line] };
    const taken = takeParsed(parsed, tools);
    if (taken !== undefined && note(taken, line, outcome)) kept.push(line);
  }
  outcome.kept = kept.length === ends.length ? block : joinKept(block, ends, kept);
}

type ParsedTools = Pick<BlockTools, 'desk' | 'at'>;
type Parsed = { json: unknown } | { problem: Refusal };

/** Undefined for an empty line, which is none. */
function takeParsed(parsed: Parsed | undefined, { desk, at }: ParsedTools): Taken | undefined {
  if (parsed === undefined || !('problem' in parsed)) return parsed && desk.take(parsed.json, undefined, at);
  desk.refused();
  return parsed.problem;
}

/** Counts what became of a line. @returns was it accepted? */
function note(taken: Taken, line: number, outcome: BlockOutcome): boolean {
  if (isRefusal(taken)) {
    outcome.refused += 1;
    if (outcome.refusals.length < SHOWN_REFUSALS) outcome.refusals.push({ line, refusal: taken });
    return false;
  }
  if (taken.accepted) outcome.accepted += 1;
  else outcome.stale += 1;
  return taken.accepted;
}

/** Writes commas over the newlines. @returns where each line ends */
function joinLines(block: Buffer): number[] {
  const ends: number[] = [];
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) {
    block[at] = COMMA;
    ends.push(at);
  }
  ends.push(block.length);
  return ends;
}

function parseTogether(block: Buffer, lines: number): unknown[] | undefined {
  try {
    const values = JSON.parse(`[${block.toString('utf8')}]`) as unknown[];
    // Another number of values: a line held two, or two lines held one.
    return values.length === lines ? values : undefined;
  } catch {
    return undefined;
  }
}

function parseText(line: string): Parsed | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  try {
    return { json: JSON.parse(text) };
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    return { problem: { code: 'DN_REPORT_NOT_JSON', details: { why } } };
  }
}

function joinKept(block: Buffer, ends: readonly number[], kept: readonly number[]): Buffer {
  if (kept.length === 0) return NOTHING;
  return Buffer.from(
    kept.map((line) => block.toString('utf8', beginOf(ends, line), ends[line])).join(','),
    'utf8',
  );
}

function beginOf(ends: readonly number[], line: number): number {
  return line === 0 ? 0 : (ends[line - 1] ?? 0) + 1;
}
