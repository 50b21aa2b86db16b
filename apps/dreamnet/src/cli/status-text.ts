import type { HealthExplanation, StatusView } from '@dreamnet/contracts';
import { showTable } from './table.js';
import { paint, showDuration, type Terminal } from './terminal.js';

const BAR_CELLS = 20;

/** `status` as text: the scores as bars, the subsystems that are not ok first, then what to look at. */
export function showStatus(
  terminal: Terminal,
  view: StatusView,
  options: { isExplained: boolean; now: number },
): string {
  const { colors } = terminal;
  const parts = [
    `${colors.bold(`DreamNet OS ${view.snapshot.version.label ?? ''}`)}  ${colors.dim(`pid ${view.daemon.pid}, up ${showDuration(view.daemon.uptimeMs)}`)}`,
    '',
    ...view.explanations.map((explanation) => showScore(terminal, explanation)),
    '',
    showSubsystems(terminal, view, options.now),
    '',
    showCounts(terminal, view),
  ];
  if (options.isExplained)
    parts.push('', ...view.explanations.map((explanation) => showExplanation(terminal, explanation)));
  return parts.join('\n');
}

function showScore(terminal: Terminal, explanation: HealthExplanation): string {
  const { colors } = terminal;
  const filled = Math.round(explanation.score * BAR_CELLS);
  const bar = '█'.repeat(filled) + colors.dim('░'.repeat(BAR_CELLS - filled));
  const worst = explanation.terms.reduce<HealthExplanation['terms'][number] | undefined>(
    (most, term) => (term.loss > (most?.loss ?? 0.005) ? term : most),
    undefined,
  );
  const because =
    explanation.confidence === 0
      ? colors.dim('no data')
      : worst
        ? `${worst.source} ${worst.factor} −${worst.loss.toFixed(2)}: ${worst.reason}`
        : '';
  return `${explanation.domain.padEnd(14)} ${bar} ${explanation.score.toFixed(2)}  ${because}`.trimEnd();
}

function showSubsystems(terminal: Terminal, view: StatusView, now: number): string {
  const order = { error: 0, warn: 1, unknown: 2, ok: 3 };
  const rows = [...view.snapshot.subsystems].sort((a, b) => order[a.status] - order[b.status]);
  return showTable(terminal, rows, {
    columns: [
      { heading: 'SUBSYSTEM', cell: (row) => row.name },
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
}

function showCounts(terminal: Terminal, view: StatusView): string {
  const { activeAlerts, openIncidents, openGaps } = view.counts;
  const { colors } = terminal;
  const counts = [
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
    .join(', ');
}

function showExplanation(terminal: Terminal, explanation: HealthExplanation): string {
  const heading = `${terminal.colors.bold(explanation.domain)} ${explanation.score.toFixed(4)}, confidence ${explanation.confidence.toFixed(2)}`;
  const missing =
    explanation.missingFactors.length === 0
      ? ''
      : terminal.colors.dim(`  without data, left out: ${explanation.missingFactors.join(', ')}\n`);
  const terms = showTable(terminal, explanation.terms, {
    columns: [
      { heading: '  FACTOR', cell: (term) => `  ${term.factor}` },
      { heading: 'SOURCE', cell: (term) => term.source },
      { heading: 'VALUE', cell: (term) => term.value.toFixed(3) },
      { heading: 'GIVES', cell: (term) => term.contribution.toFixed(4) },
      { heading: 'COSTS', cell: (term) => term.loss.toFixed(4) },
      { heading: 'WHY', cell: (term) => term.reason, isElastic: true },
    ],
    empty: '  no terms',
  });
  return `${heading}\n${missing}${terms}\n`;
}
