import { DreamnetError } from '@dreamnet/kit';
import { isRefusal, type Refusal, type ReportDesk } from './report-desk.js';

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

/**
 * Takes one report a line. All lines are parsed as one list, with commas instead of the newlines: that is several times
 * as fast as line by line, which is done only when a line is no JSON. Changes the bytes of `block`.
 */
export function takeBlock(block: Buffer, desk: ReportDesk): BlockOutcome {
  const ends = joinLines(block);
  const values = parseTogether(block, ends.length);
  const outcome: BlockOutcome = {
    lines: ends.length,
    accepted: 0,
    stale: 0,
    refused: 0,
    refusals: [],
    kept: NOTHING,
  };
  const kept: number[] = [];
  for (let line = 0; line < ends.length; line += 1) {
    const value = values === undefined ? parseLine(block, ends, line) : { json: values[line] };
    if (value !== undefined && takeLine(value, line, { desk, outcome })) kept.push(line);
  }
  outcome.accepted = kept.length;
  outcome.kept = kept.length === ends.length ? block : joinKept(block, ends, kept);
  return outcome;
}

type Line = { json: unknown } | { problem: Refusal };

/** @returns was it accepted? */
function takeLine(
  line: Line,
  at: number,
  { desk, outcome }: { desk: ReportDesk; outcome: BlockOutcome },
): boolean {
  if ('problem' in line) desk.refused();
  const taken = 'problem' in line ? line.problem : desk.take(line.json);
  if (!isRefusal(taken)) {
    if (!taken.accepted) outcome.stale += 1;
    return taken.accepted;
  }
  outcome.refused += 1;
  if (outcome.refusals.length < SHOWN_REFUSALS) outcome.refusals.push({ line: at, refusal: taken });
  return false;
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

/** Undefined for an empty line, which is none. */
function parseLine(block: Buffer, ends: readonly number[], line: number): Line | undefined {
  const text = block.toString('utf8', beginOf(ends, line), ends[line]).trim();
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
