import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import type { MetricColumns } from '@dreamnet/dreamnet-os-core';
import { DreamnetError, type ErrorDetails } from '@dreamnet/kit';
import { type PROGRAM_ERRORS, programError } from '../errors.js';
import type { RateLimit } from './rate-limit.js';
import { reportProblem } from './report-check.js';

/** Why a report was not taken, as a value: under a flood most are refused and none of them may cost a stack trace. */
export interface Refusal {
  readonly code: keyof typeof PROGRAM_ERRORS;
  readonly details: ErrorDetails;
}

/** What became of a report: an outcome, or why it was refused. */
export type Taken = HeartbeatOutcome | Refusal;

/** Reports by what became of them since the daemon started. */
export interface DeskCounts {
  accepted: number;
  /** Late, doubled, or of the wrong time: told as an outcome. */
  stale: number;
  invalid: number;
  unknown: number;
  foreign: number;
  tooMany: number;
}

/** A report and its metrics, which are not in the report itself. */
export interface PlainReport {
  readonly report: HealthReport;
  readonly columns: MetricColumns | undefined;
}

/** Where every report passes by, whatever way it came. */
export interface ReportDesk {
  /**
   * @param value Whatever was sent as a report.
   * @param agent The only subsystem the sender may report on; left out for whoever may report on all.
   * @param at Epoch ms of its arrival, the same that the journal is given; default now.
   */
  take(value: unknown, agent?: string, at?: number): Taken;
  /** The same of one that was read by `PlainReportReader` and needs no check. It is used again: nothing of it is kept. */
  takePlain(plain: PlainReport, agent?: string, at?: number): Taken;
  /** One that its own protocol could not even read. */
  refused(): void;
  readonly counts: Readonly<DeskCounts>;
}

export interface ReportDeskOptions {
  heartbeat: (report: HealthReport, columns?: MetricColumns, arrivedAt?: number) => HeartbeatOutcome;
  rate: RateLimit;
}

const ACCEPTED: HeartbeatOutcome = { accepted: true };

/** Checks a report, holds it against its sender's rate and hands it on. O(1) whatever the size of the fleet. */
export function createReportDesk({ heartbeat, rate }: ReportDeskOptions): ReportDesk {
  const counts: DeskCounts = { accepted: 0, stale: 0, invalid: 0, unknown: 0, foreign: 0, tooMany: 0 };
  const refuse = (count: keyof DeskCounts, refusal: Refusal): Refusal => {
    counts[count] += 1;
    return refusal;
  };
  const takeChecked = (
    report: HealthReport,
    columns: MetricColumns | undefined,
    { agent, at }: { agent: string | undefined; at: number | undefined },
  ): Taken => {
    const { subsystem } = report;
    if (agent !== undefined && agent !== subsystem)
      return refuse('foreign', { code: 'DN_REPORT_FOREIGN', details: { agent, subsystem } });
    if (rate.isSpent(subsystem))
      return refuse('tooMany', {
        code: 'DN_REPORT_TOO_MANY',
        details: { subsystem, limit: rate.perSecond },
      });
    const outcome = heartbeat(report, columns, at);
    if (!outcome.accepted && outcome.because === 'unknown_subsystem')
      return refuse('unknown', { code: 'DN_REPORT_UNKNOWN', details: { subsystem } });
    // Only names that exist are noted: made-up ones leave nothing behind.
    rate.note(subsystem);
    if (outcome.accepted) counts.accepted += 1;
    else counts.stale += 1;
    return outcome.accepted && outcome.droppedMetrics === undefined ? ACCEPTED : outcome;
  };
  return {
    counts,
    refused: () => {
      counts.invalid += 1;
    },
    take: (value, agent, at) => {
      const problem = reportProblem(value);
      return problem === undefined
        ? takeChecked(value as HealthReport, undefined, { agent, at })
        : refuse('invalid', { code: 'DN_REPORT_INVALID', details: { ...problem } });
    },
    takePlain: ({ report, columns }, agent, at) => takeChecked(report, columns, { agent, at }),
  };
}

/** Is it a refusal? */
export function isRefusal(taken: Taken): taken is Refusal {
  return 'code' in taken;
}

/** The refusal as an error to be thrown or shown. */
export function refusalError({ code, details }: Refusal): DreamnetError {
  return programError(code, details);
}

/** The list behind a text of one report, a JSON list, or one report a line. @throws DN_REPORT_NOT_JSON */
export function readReports(text: string, isLines: boolean): unknown[] {
  try {
    if (isLines) return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line)]));
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (thrown) {
    throw programError('DN_REPORT_NOT_JSON', { why: DreamnetError.from(thrown).message });
  }
}
