import type { HealthExplanation, StatusView, SubsystemSummary } from '@dreamnet/contracts';
import { showFreezes } from './budget-text.js';
import { shorten, showTable, widthOf } from './table.js';
import { paint, showDuration, type Terminal } from './terminal.js';

const BAR_CELLS = 20;

/** How much of a status is shown. */
export interface StatusShown {
  now: number;
  /** Subsystems listed at most. */
  rows: number;
}

/** `status` as text: the scores as bars, the subsystems that are not ok first, then what to look at. */
export function showStatus(terminal: Terminal, view: StatusView, shown: StatusShown): string {
  const { colors } = terminal;
  return [
    `${colors.bold(`DreamNet OS ${view.snapshot.version.label ?? ''}`)}  ${colors.dim(`pid ${view.daemon.pid}, up ${showDuration(view.daemon.uptimeMs)}`)}`,
    ...(view.frozen.length === 0 ? [] : [showFreezes(terminal, view.frozen, shown.now)]),
    '',
    ...view.explanations.map((explanation) => showScore(terminal, explanation)),
    '',
    showSubsystems(terminal, view, shown),
    '',
    showCounts(terminal, view),
  ].join('\n');
}

/**
 * `status explain` as text: what pulls a domain's score down most, with the reason and its age; what is not listed is
 * summed up, so that everything together is the score.
 */
export function showExplanation(terminal: Terminal, explanation: HealthExplanation, now: number): string {
  const { colors } = terminal;
  const { domain, score, confidence, terms, omitted, missingFactors, leftOut = [] } = explanation;
  const lost = 1 - score;
  // Among many subsystems each term is small.
  const digits = (terms[0]?.loss ?? 1) >= 0.01 ? 4 : 6;
  const heading = `${colors.bold(domain)} ${score.toFixed(4)}, confidence ${confidence.toFixed(2)}${
    lost > 0 && confidence > 0 ? `; ${lost.toFixed(4)} is lost to:` : ''
  }`;
  const table = showTable(terminal, terms, {
    columns: [
      { heading: '  COSTS', cell: (term) => `  ${paintLoss(terminal, term.loss, digits)}` },
      { heading: 'GIVES', spare: 2, cell: (term) => term.contribution.toFixed(digits) },
      { heading: 'VALUE', cell: (term) => term.value.toFixed(3) },
      { heading: 'FACTOR', cell: (term) => term.factor },
      { heading: 'SOURCE', cell: (term) => term.source },
      {
        heading: 'AGE',
        spare: 1,
        cell: (term) => (term.at === undefined ? '-' : showDuration(Math.max(0, now - term.at))),
      },
      { heading: 'WHY', cell: (term) => term.reason, isElastic: true },
    ],
    empty: '  no terms',
  });
  const lines = [heading, showFactors(terminal, explanation), table].filter((line) => line !== '');
  const note = (text: string) => lines.push(colors.dim(shorten(terminal, text, terminal.columns)));
  if (omitted !== undefined)
    note(
      `  and ${omitted.terms} more terms, which cost ${omitted.loss.toFixed(4)} and give ${omitted.contribution.toFixed(4)} together (--all lists them)`,
    );
  if (missingFactors.length > 0) note(`  factors without data, left out: ${missingFactors.join(', ')}`);
  for (const { factor, source, reason } of leftOut) note(`  left out of ${factor}: ${source}: ${reason}`);
  return lines.join('\n');
}

/** `availability 0.93 (−0.0175), ...`: what the domain is made of, before who is to blame. */
function showFactors(terminal: Terminal, { factors = [] }: HealthExplanation): string {
  const words = factors.map(
    ({ factor, value, loss }) => `${factor} ${value.toFixed(3)}${loss > 0 ? ` (−${loss.toFixed(4)})` : ''}`,
  );
  const line = shorten(terminal, `  ${words.join(', ')}`, terminal.columns);
  return words.length === 0 ? '' : terminal.colors.dim(line);
}

function paintLoss({ colors }: Terminal, loss: number, digits: number): string {
  const text = loss.toFixed(digits);
  if (loss >= 0.05) return colors.red(text);
  return loss >= 0.005 ? colors.yellow(text) : colors.dim(text);
}

function showScore(terminal: Terminal, explanation: HealthExplanation): string {
  const { colors } = terminal;
  const filled = Math.round(explanation.score * BAR_CELLS);
  const bar = '█'.repeat(filled) + colors.dim('░'.repeat(BAR_CELLS - filled));
  const worst = explanation.terms.reduce<HealthExplanation['terms'][number] | undefined>(
    (most, term) => (term.loss > (most?.loss ?? 0.005) ? term : most),
    undefined,
  );
  const because = worst
    ? `${worst.source} ${worst.factor} −${worst.loss.toFixed(2)}: ${worst.reason}`
    : worstFactor(explanation);
  const head = `${explanation.domain.padEnd(14)} ${bar} ${explanation.score.toFixed(2)}  `;
  const why =
    explanation.confidence === 0
      ? colors.dim('no data')
      : shorten(terminal, because, terminal.columns - widthOf(head));
  return `${head}${why}`.trimEnd();
}

/** Among many subsystems none costs much by itself; then the factor says where to look. */
function worstFactor({ factors = [], domain }: HealthExplanation): string {
  const [worst] = [...factors].sort((a, b) => b.loss - a.loss);
  if (worst === undefined || worst.loss <= 0.005) return '';
  return `${worst.factor} −${worst.loss.toFixed(2)} over many (dreamnet status explain ${domain})`;
}

function showSubsystems(terminal: Terminal, view: StatusView, { now, rows }: StatusShown): string {
  const listed = view.snapshot.subsystems.slice(0, rows);
  const table = showTable(terminal, listed, {
    columns: [
      { heading: 'SUBSYSTEM', cell: (row) => row.name, isElastic: true },
      { heading: 'STATUS', cell: (row) => paint(terminal, row.status) },
      {
        heading: 'SEEN',
        cell: (row) =>
          row.lastUpdatedAt === undefined
            ? 'never'
            : `${showDuration(Math.max(0, now - row.lastUpdatedAt))} ago`,
      },
      { heading: 'WHY', cell: (row) => row.details ?? '', isElastic: true },
    ],
    empty: 'No subsystems.',
  });
  const rest = restOf(terminal, view, listed);
  return rest === '' ? table : `${table}\n${rest}`;
}

/** What is not listed, by status: `and 9,912 more: 12 warn, 9,900 ok`. */
function restOf(terminal: Terminal, view: StatusView, listed: readonly SubsystemSummary[]): string {
  const left = { ...view.counts.subsystems };
  for (const { status } of listed) left[status] -= 1;
  const words = (['error', 'warn', 'unknown', 'ok'] as const)
    .filter((status) => left[status] > 0)
    .map((status) => `${left[status].toLocaleString('en-US')} ${paint(terminal, status)}`);
  const total = left.ok + left.warn + left.error + left.unknown;
  return total <= 0
    ? ''
    : terminal.colors.dim(`and ${total.toLocaleString('en-US')} more: `) + words.join(', ');
}

function showCounts(terminal: Terminal, view: StatusView): string {
  const { activeAlerts, openIncidents, openGaps, stoppedAgents } = view.counts;
  const { colors, isPerson, columns } = terminal;
  const counts = [
    // Nobody misses what was never stopped.
    ...(stoppedAgents > 0
      ? [{ number: stoppedAgents, one: 'stopped agent', more: 'stopped agents', command: 'ps' }]
      : []),
    { number: activeAlerts, one: 'active alert', more: 'active alerts', command: 'alerts' },
    { number: openIncidents, one: 'open incident', more: 'open incidents', command: 'incidents' },
    { number: openGaps, one: 'integration gap', more: 'integration gaps', command: 'gaps' },
  ];
  return counts
    .map(({ number, one, more, command }) =>
      number === 0
        ? colors.dim(`no ${more}`)
        : colors.yellow(`${number} ${number === 1 ? one : more}`) + colors.dim(` (dreamnet ${command})`),
    )
    .reduce((text, next) => {
      const lastLine = text.slice(text.lastIndexOf('\n') + 1);
      const isTooLong = isPerson && widthOf(lastLine) + widthOf(next) + 3 > columns;
      return `${text},${isTooLong ? '\n' : ' '}${next}`;
    });
}
