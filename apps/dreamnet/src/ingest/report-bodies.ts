import type { Clock } from '@dreamnet/contracts';
import { programError } from '../errors.js';
import type { PlainReportReader } from './plain-report.js';
import { isRefusal, type ReportDesk, readReports, refusalError, type Taken } from './report-desk.js';
import type { ReportJournal } from './report-journal.js';

export interface ReportBodyTools {
  clock: Clock;
  desk: ReportDesk;
  reader: PlainReportReader;
  journal: Pick<ReportJournal, 'keep'>;
}

/** One request body of reports. */
export interface ReportBody {
  bytes: Buffer;
  /** One report a line, instead of one JSON value. */
  isLines: boolean;
  /** The only subsystem the sender may report on. */
  agent: string | undefined;
}

/** What is answered: the HTTP status and JSON text. */
export interface ReportAnswer {
  status: number;
  text: string;
}

interface ArrivedBody extends ReportBody {
  /** Epoch ms: one time for the history and for the log, which is replayed into it. */
  at: number;
}

const OPENING_BRACKET = 0x5b;
const LARGEST_BATCH = 10_000;
const ACCEPTED: ReportAnswer = { status: 202, text: '{"accepted":true}' };

/**
 * Takes one report, a list of them, or one a line. Answers when what was accepted is on disk.
 *
 * @throws DN_REPORT_* when a single report is refused; DN_REPORT_LOG_* when it cannot be kept
 */
export function takeReportBody(tools: ReportBodyTools, body: ReportBody): Promise<ReportAnswer> {
  try {
    return takeBody(tools, { ...body, at: tools.clock.now() });
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

function takeBody(tools: ReportBodyTools, body: ArrivedBody): Promise<ReportAnswer> {
  const { desk, reader, journal } = tools;
  const isPlain = !body.isLines && body.bytes.length > 0 && reader.read(body.bytes, 0) === body.bytes.length;
  if (!isPlain) return takeParsed(tools, body);
  const taken = desk.takePlain(reader, body.agent, body.at);
  if (isRefusal(taken) || !taken.accepted || taken.droppedMetrics !== undefined)
    return finishOne(tools, body, taken);
  return journal.keep(body.bytes, body.at).then(toAccepted);
}

const toAccepted = (): ReportAnswer => ACCEPTED;

async function takeParsed(tools: ReportBodyTools, body: ArrivedBody): Promise<ReportAnswer> {
  const { bytes, isLines } = body;
  const reports = readBody(tools, bytes, isLines);
  // A list begins with its bracket, or with blanks before it.
  const isBatch = isLines || bytes[0] === OPENING_BRACKET || /^\s*\[/.test(bytes.toString('latin1', 0, 64));
  return isBatch
    ? takeBatch(tools, body, reports)
    : finishOne(tools, body, tools.desk.take(reports[0], body.agent, body.at));
}

function readBody({ desk }: ReportBodyTools, bytes: Buffer, isLines: boolean): unknown[] {
  try {
    if (bytes.length === 0) throw programError('DN_REPORT_NOT_JSON', { why: 'the body is empty' });
    return readReports(bytes.toString('utf8'), isLines);
  } catch (thrown) {
    desk.refused();
    throw thrown;
  }
}

async function finishOne(tools: ReportBodyTools, body: ArrivedBody, taken: Taken): Promise<ReportAnswer> {
  if (isRefusal(taken)) throw refusalError(taken);
  if (!taken.accepted) return { status: 202, text: JSON.stringify(taken) };
  await tools.journal.keep(body.bytes, body.at);
  return taken.droppedMetrics === undefined ? ACCEPTED : { status: 202, text: JSON.stringify(taken) };
}

/** Each report for itself: what is wrong with one says nothing of the others. */
async function takeBatch(
  { desk, journal }: ReportBodyTools,
  { agent, at }: ArrivedBody,
  reports: readonly unknown[],
): Promise<ReportAnswer> {
  if (reports.length > LARGEST_BATCH)
    throw programError('DN_API_BAD_INPUT', {
      where: 'body',
      why: `at most ${LARGEST_BATCH} reports at a time`,
    });
  const taken = reports.map((report) => desk.take(report, agent, at));
  const kept = reports.filter((_, index) => isAccepted(taken[index]));
  if (kept.length > 0) await journal.keep(Buffer.from(JSON.stringify(kept)), at);
  const refused = taken.filter(isRefusal).length;
  const stale = reports.length - kept.length - refused;
  return {
    // Who looks at the status alone learns of a batch in which nothing was right.
    status: refused > 0 && refused === reports.length ? 400 : 202,
    text: JSON.stringify({ accepted: kept.length, stale, refused, outcomes: taken.map(showTaken) }),
  };
}

function isAccepted(taken: Taken | undefined): boolean {
  return taken !== undefined && !isRefusal(taken) && taken.accepted;
}

function showTaken(taken: Taken): unknown {
  return isRefusal(taken) ? { accepted: false, error: refusalError(taken).toJSON() } : taken;
}
