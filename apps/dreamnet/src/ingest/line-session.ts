import type { Socket } from 'node:net';
import type { Clock, ErrorBody } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';
import { type BlockOutcome, takeBlock } from './line-block.js';
import { createLineSplitter } from './line-splitter.js';
import type { PlainReportReader } from './plain-report.js';
import { type ReportDesk, refusalError } from './report-desk.js';
import type { ReportJournal } from './report-journal.js';

export interface LineSessionTools {
  clock: Clock;
  desk: ReportDesk;
  reader: PlainReportReader;
  journal: Pick<ReportJournal, 'keep'>;
}

/** Lines of a connection by what became of them; `acked` is their sum and the number of lines dealt with. */
interface LineCounts {
  acked: number;
  stale: number;
  refused: number;
  /** Counted in memory, but the disk did not take them: they may be sent again. */
  lost: number;
}

/** A report is a few hundred bytes. */
export const LONGEST_LINE_BYTES = 64 * 1024;
/** Past this many bytes that are not on disk yet, nothing more is read from the connection. */
const UNSETTLED_LIMIT_BYTES = 512 * 1024;
/** Who does not read the answers gets no more of them: they are sums, and the next one says it all. */
const UNREAD_LIMIT_BYTES = 64 * 1024;

interface Session {
  readonly socket: Socket;
  readonly tools: LineSessionTools;
  readonly counts: LineCounts;
  readonly errors: { line?: number; error: ErrorBody }[];
  /** Lines read so far. */
  lines: number;
  unsettledBytes: number;
  settled: Promise<void>;
  isAnswerDue: boolean;
}

/** One connection being served. */
export interface LineSession {
  /** Whole lines, good or bad: who sends some is a client. */
  hasSentLines(): boolean;
}

/** Serves one connection until its other end closes it. */
export function serveLines(socket: Socket, tools: LineSessionTools): LineSession {
  const session: Session = {
    socket,
    tools,
    counts: { acked: 0, stale: 0, refused: 0, lost: 0 },
    errors: [],
    lines: 0,
    unsettledBytes: 0,
    settled: Promise.resolve(),
    isAnswerDue: false,
  };
  const splitter = createLineSplitter(LONGEST_LINE_BYTES);
  socket.on('data', (part: Buffer) => {
    const { block, tooLong } = splitter.take(part);
    if (tooLong > 0) refuseLine(session, programError('DN_REPORT_TOO_LONG', { limit: LONGEST_LINE_BYTES }));
    if (block !== undefined) takeLines(session, block);
  });
  socket.on('end', () => {
    if (splitter.end())
      refuseLine(session, programError('DN_REPORT_NOT_JSON', { why: 'the last line was cut off' }));
    void session.settled.then(() => socket.end(answerOf(session, true)));
  });
  socket.on('close', () => {
    if (splitter.end()) tools.desk.refused();
  });
  // The other end is gone: 'close' follows.
  socket.on('error', () => socket.destroy());
  return { hasSentLines: () => session.lines > 0 };
}

function takeLines(session: Session, block: Buffer): void {
  const { tools, socket } = session;
  const at = tools.clock.now();
  const outcome = takeBlock(block, { ...tools, at });
  const first = session.lines;
  session.lines += outcome.lines;
  const bytes = outcome.kept.length;
  session.unsettledBytes += bytes;
  if (session.unsettledBytes > UNSETTLED_LIMIT_BYTES) socket.pause();
  const kept = bytes === 0 ? Promise.resolve() : tools.journal.keep(outcome.kept, at);
  follow(session, kept, (failure) => {
    session.unsettledBytes -= bytes;
    if (session.unsettledBytes <= UNSETTLED_LIMIT_BYTES) socket.resume();
    count(session, outcome, { first, failure });
  });
}

function refuseLine(session: Session, error: DreamnetError): void {
  session.tools.desk.refused();
  const line = session.lines;
  session.lines += 1;
  follow(session, Promise.resolve(), () => {
    session.counts.acked += 1;
    session.counts.refused += 1;
    note(session, { line: line + 1, error: error.toJSON() });
  });
}

/** One after another, in the order of the lines: whoever reads `acked` knows which ones those are. */
function follow(session: Session, kept: Promise<void>, settle: (failure?: DreamnetError) => void): void {
  const outcome = kept.then(
    () => undefined,
    (thrown: unknown) => DreamnetError.from(thrown),
  );
  session.settled = session.settled.then(async () => {
    settle(await outcome);
    if (session.isAnswerDue) return;
    session.isAnswerDue = true;
    setImmediate(() => {
      session.isAnswerDue = false;
      const { socket } = session;
      if (socket.writable && socket.writableLength < UNREAD_LIMIT_BYTES)
        socket.write(answerOf(session, false));
    });
  });
}

function count(
  session: Session,
  outcome: BlockOutcome,
  { first, failure }: { first: number; failure: DreamnetError | undefined },
): void {
  const { counts } = session;
  counts.acked += outcome.lines;
  counts.stale += outcome.stale;
  counts.refused += outcome.refused;
  for (const { line, refusal } of outcome.refusals)
    note(session, { line: first + line + 1, error: refusalError(refusal).toJSON() });
  if (failure === undefined) return;
  counts.lost += outcome.accepted;
  note(session, { error: failure.toJSON() });
}

/** Errors shown in one answer; the others are counted. */
const SHOWN_ERRORS = 10;

function note({ errors }: Session, problem: { line?: number; error: ErrorBody }): void {
  if (errors.length < SHOWN_ERRORS) errors.push(problem);
}

function answerOf({ counts, errors }: Session, isLast: boolean): string {
  const shown = errors.splice(0);
  const answer = { ...counts, ...(shown.length > 0 && { errors: shown }), ...(isLast && { end: true }) };
  return `${JSON.stringify(answer)}\n`;
}
