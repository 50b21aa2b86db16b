import type { MetricAnomaly, Trend } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { requireSubject } from '../known-names.js';
import { showTable } from '../table.js';
import { showDuration, type Terminal } from '../terminal.js';

/** Trends listed without `--all`: a screen. */
const LISTED = 40;
/** The daemon looks at so many metrics when none is named. */
const LOOKED_AT = 200;

interface TrendOptions extends CommonOptions {
  metric?: string;
  since?: string;
  level?: string;
  all?: boolean;
}

/** `dreamnet trends`: where series are heading, and what is unusual. */
export function addTrendsCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('trends').description('where scores and metrics are heading, and what is unusual'),
  )
    .argument('[subject]', 'metrics of one subsystem only')
    .option('--metric <name>', 'one metric only')
    .option('--since <duration>', 'how far back to look, such as 6h (default 1h)')
    .option('--level <number>', 'forecast when this value is crossed')
    .option('--all', 'also what does not move more than by chance')
    .action(async (subject: string | undefined, options: TrendOptions) => {
      const client = clientOf(context, options);
      const query = queryText({
        subject,
        metric: options.metric,
        since: options.since,
        level: options.level,
      });
      const [{ trends }, { anomalies }] = await Promise.all([
        client.get<{ trends: Trend[] }>(`/api/trends${query}`),
        client.get<{ anomalies: MetricAnomaly[] }>(`/api/anomalies${queryText({ subject })}`),
      ]);
      if (subject !== undefined && trends.length + anomalies.length === 0)
        await requireSubject(client, subject);
      const told = anomalies.filter(
        ({ metric, lastTold }) => lastTold !== undefined && (options.metric ?? metric) === metric,
      );
      present(context, options, {
        json: { trends, anomalies: told },
        text: () => showTrends(context, { trends, told, isAll: options.all === true }),
      });
    });
}

function queryText(parts: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function showTrends(
  { terminal, clock }: CommandContext,
  { trends, told, isAll }: { trends: readonly Trend[]; told: readonly MetricAnomaly[]; isAll: boolean },
): string {
  const now = clock.now();
  const shown = isAll ? trends : trends.filter(({ direction }) => direction !== 'stable');
  const still = trends.length - shown.length;
  const empty =
    trends.length === 0
      ? 'No series here has the ten values yet that a trend needs.'
      : 'Nothing moves more than by chance.';
  const listed = isAll ? shown : shown.slice(0, LISTED);
  const table = trendTable(terminal, listed, { now, empty });
  const rest = [
    ...(shown.length > listed.length ? [`${shown.length - listed.length} more move (--all).`] : []),
    ...(still > 0 && shown.length > 0 ? [`${still} more are stable (--all).`] : []),
    ...(trends.length >= LOOKED_AT
      ? [`Of more than ${LOOKED_AT} series the newest are looked at; name a subsystem for its own.`]
      : []),
  ].map((line) => terminal.colors.dim(line));
  return [table, ...rest, '', anomalyTable(terminal, told, now)].join('\n');
}

function trendTable(
  terminal: Terminal,
  trends: readonly Trend[],
  { now, empty }: { now: number; empty: string },
): string {
  return showTable(terminal, trends, {
    columns: [
      {
        heading: 'SERIES',
        cell: ({ subject, metric }) => [subject, metric].filter(Boolean).join(' '),
        isElastic: true,
      },
      { heading: 'DIRECTION', cell: ({ direction }) => direction },
      { heading: 'PER HOUR', cell: ({ slopePerHour }) => showTrendFigure(slopePerHour) },
      {
        heading: '95 %',
        spare: 3,
        cell: ({ slopeInterval }) => slopeInterval?.map(showTrendFigure).join(' … ') ?? '-',
      },
      { heading: 'P', spare: 2, cell: ({ pValue }) => showChance(pValue) },
      { heading: 'POINTS', spare: 1, cell: ({ samples }) => String(samples) },
      { heading: 'CROSSES', cell: (trend) => showCrossing(trend, now) },
    ],
    empty,
  });
}

function anomalyTable(terminal: Terminal, anomalies: readonly MetricAnomaly[], now: number): string {
  return showTable(terminal, anomalies, {
    columns: [
      { heading: 'UNUSUAL', cell: ({ subsystem, metric }) => `${subsystem} ${metric}`, isElastic: true },
      {
        heading: 'AGO',
        spare: 1,
        cell: ({ lastTold }) => (lastTold ? showDuration(Math.max(0, now - lastTold.at)) : '-'),
      },
      { heading: 'VALUE', cell: ({ lastTold }) => (lastTold ? showTrendFigure(lastTold.value) : '-') },
      { heading: 'SCORE', cell: ({ lastTold }) => lastTold?.score.toFixed(2) ?? '-' },
      { heading: 'WHY', cell: ({ lastTold }) => lastTold?.reason ?? '-', isElastic: true },
    ],
    empty: 'No metric has been unusual.',
  });
}

function showChance(pValue: number | null): string {
  return pValue !== null && pValue < 0.0001 ? '<0.0001' : showTrendFigure(pValue);
}

/** `0.5 in 2h 10m (1h 40m … 3h)`; the open end of an interval is `never`. */
function showCrossing({ level, crossesAt, crossesBetween }: Trend, now: number): string {
  if (crossesAt === undefined || level === undefined) return '-';
  const until = (at: number) => showDuration(Math.max(0, at - now));
  const between =
    crossesBetween === undefined
      ? ''
      : ` (${until(crossesBetween.earliest)} … ${crossesBetween.latest === undefined ? 'never' : until(crossesBetween.latest)})`;
  return `${showTrendFigure(level)} in ${until(crossesAt)}${between}`;
}

/** Three digits; `-` for what is no number. */
export function showTrendFigure(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(3)));
}
