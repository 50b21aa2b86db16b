import type { ScoreReason, SeriesAnswer, SeriesListing, SeriesName, SeriesPoint } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { parseDuration } from '../../config/quantities.js';
import { programError } from '../../errors.js';
import type { DaemonClient } from '../client.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { requireSubject } from '../known-names.js';
import { sparkline } from '../sparkline.js';
import { showTable } from '../table.js';
import { showDuration, type Terminal } from '../terminal.js';

/** Rows that fit on a screen; the step follows from it when none is given. */
const ROWS = 30;
const SHORTEST_STEP_MS = 1000;

type HistoryOptions = CommonOptions & { since: string; step?: string };

/** `history`: what a metric, a score or a status was over time. */
export function addHistoryCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('history').description('a metric, score or status over time'))
    .argument('<subject>', "a subsystem, a domain such as infra, or 'global'")
    .argument('[metric]', 'which of its series; without it: the score of a domain, else a list')
    .option('--since <duration>', 'how far back', '1h')
    .option('--step <duration>', 'one line for so long (default: 30 lines for all)')
    .action(async (subject: string, metric: string | undefined, options: HistoryOptions) => {
      const sinceMs = durationOf('--since', options.since);
      const stepMs = options.step === undefined ? evenStep(sinceMs) : durationOf('--step', options.step);
      const client = clientOf(context, options);
      const listed = await client.get<{ series: SeriesListing[] }>(`/api/series?${query({ subject })}`);
      if (listed.series.length === 0) await requireSubject(client, subject);
      const chosen = chooseSeries(listed.series, metric);
      if (chosen === undefined && metric === undefined) {
        const text = () => showSeries(context.terminal, listed.series, context.clock.now());
        present(context, options, { json: listed.series, text });
        return;
      }
      const { kind } = chosen ?? { kind: metric === 'status' ? 'status' : 'metric' };
      const name = { kind, subject, metric: chosen?.metric ?? metric ?? '' };
      const range = query({ ...name, since: String(sinceMs), step: String(stepMs) });
      const answer = await client.get<SeriesAnswer>(`/api/series/range?${range}`);
      const reasons = await reasonsOf(client, name, sinceMs);
      present(context, options, {
        json: { ...name, ...answer, ...(reasons.length === 0 ? {} : { reasons }) },
        text: () => showPoints(context.terminal, answer, { sinceMs, stepMs, reasons }),
      });
    });
}

/** Why a domain's score was what it was; nothing for any other series. */
async function reasonsOf(client: DaemonClient, name: SeriesName, sinceMs: number): Promise<ScoreReason[]> {
  if (name.kind !== 'score' || name.metric !== 'score') return [];
  const path = `/api/health/reasons/${encodeURIComponent(name.subject)}?${query({ since: String(sinceMs) })}`;
  return (await client.get<{ reasons: ScoreReason[] }>(path)).reasons;
}

/** What pulled a score down most within a step: the worst of the reasons that were in force in it. */
export function worstWithin(
  reasons: readonly ScoreReason[],
  fromMs: number,
  toMs: number,
): ScoreReason['terms'][number] | undefined {
  const first = reasons.findLastIndex(({ at }) => at <= fromMs);
  return (
    reasons
      .slice(Math.max(0, first))
      .filter(({ at }) => at < toMs)
      .flatMap(({ terms }) => terms)
      // While nobody feeds the domain its series has a gap: there is no value that anything pulled down.
      .filter(({ factor }) => factor !== 'none')
      .reduce<ScoreReason['terms'][number] | undefined>(
        (worst, term) => (worst === undefined || term.loss > worst.loss ? term : worst),
        undefined,
      )
  );
}

/** The one asked for; without a metric a domain's score, or the only series there is. */
export function chooseSeries(
  series: readonly SeriesListing[],
  metric: string | undefined,
): SeriesListing | undefined {
  if (metric !== undefined) return series.find((each) => each.metric === metric);
  const score = series.find(({ kind, metric: own }) => kind === 'score' && own === 'score');
  return score ?? (series.length === 1 ? series[0] : undefined);
}

/** A step of a round length with which `sinceMs` is about 30 lines. */
export function evenStep(sinceMs: number): number {
  const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];
  const wanted = Math.max(SHORTEST_STEP_MS, sinceMs / ROWS);
  const seconds = round.find((each) => each * 1000 >= wanted);
  return seconds === undefined ? Math.ceil(wanted / 86_400_000) * 86_400_000 : seconds * 1000;
}

function query(values: Readonly<Record<string, string>>): string {
  return new URLSearchParams(values).toString();
}

function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1)
    throw programError('DN_CLI_USAGE', {
      why: `${option} '${text}' is not a duration such as 30m, 6h or 2d`,
    });
  return ms;
}

function showSeries(terminal: Terminal, series: readonly SeriesListing[], now: number): string {
  return showTable(terminal, series, {
    columns: [
      { heading: 'METRIC', cell: ({ metric }) => metric, isElastic: true },
      { heading: 'KIND', cell: ({ kind }) => kind },
      { heading: 'NEWEST', cell: ({ lastValue }) => showValue(lastValue) },
      { heading: 'AGE', cell: ({ lastAt }) => age(now, lastAt) },
      { heading: 'KEPT SINCE', cell: ({ firstAt }) => (firstAt === null ? '-' : `${age(now, firstAt)} ago`) },
    ],
    empty: 'Nothing is kept under that name yet.',
  });
}

function showPoints(
  terminal: Terminal,
  { points, resolution }: SeriesAnswer,
  { sinceMs, stepMs, reasons }: { sinceMs: number; stepMs: number; reasons: readonly ScoreReason[] },
): string {
  const why = ({ at, min }: SeriesPoint): string => {
    // The reason from before the step may have ended with the step's first value.
    const term = min >= 1 ? undefined : worstWithin(reasons, at, at + stepMs);
    return term === undefined ? '' : `${term.source}: ${term.reason} (−${term.loss.toFixed(2)})`;
  };
  const table = showTable(terminal, points, {
    columns: [
      { heading: 'FROM', cell: ({ at }) => showMoment(at, sinceMs) },
      { heading: 'MEAN', cell: ({ mean }) => showValue(mean) },
      { heading: 'LEAST', cell: ({ min }) => showValue(min) },
      { heading: 'LARGEST', cell: ({ max }) => showValue(max) },
      { heading: 'VALUES', cell: ({ count }) => String(count) },
      ...(reasons.length === 0 ? [] : [{ heading: 'PULLED DOWN MOST BY', cell: why, isElastic: true }]),
    ],
    empty: 'Nothing in that time.',
  });
  if (points.length === 0) return table;
  const from = resolution === 'raw' ? 'every value' : resolution === '1m' ? 'minutes' : 'hours';
  return `${table}\n${sparkline(spread(points, stepMs))}  ${terminal.colors.dim(`steps of ${showDuration(stepMs)}, from ${from}`)}`;
}

/** One place per step; where nothing is known it stays empty. */
function spread(points: readonly SeriesPoint[], stepMs: number): (number | undefined)[] {
  const first = points[0]?.at ?? 0;
  const places: (number | undefined)[] = [];
  for (const { at, mean } of points) places[Math.round((at - first) / stepMs)] = mean;
  return Array.from(places);
}

/** Local time, with the day when there is more than one. */
function showMoment(at: number, sinceMs: number): string {
  const text = new Date(at).toLocaleString('sv-SE', { hour12: false });
  return sinceMs > 86_400_000 ? text : text.slice(11);
}

function age(now: number, at: number | null): string {
  return at === null ? '-' : showDuration(Math.max(0, now - at));
}

function showValue(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? String(value)
    : String(Number(value.toPrecision(6)));
}
