import { showTable } from '../cli/table.js';
import type { Terminal } from '../cli/terminal.js';
import { type FaultReport, isHealed } from './report.js';

/** One fault: what was seen, decided, done, how it was verified, and the limits. */
export function showReport(terminal: Terminal, report: FaultReport): string {
  const { colors } = terminal;
  const rows: [string, string][] = [
    ['seen', `${report.seen} ${colors.dim(`(+${showMs(report.detectedMs)})`)}`],
    ['decided', report.decided],
    ['done', report.done],
    ['verified', `${report.verified} ${colors.dim(`(+${showMs(report.recoveredMs)})`)}`],
  ];
  return [
    ...rows.map(([name, text]) => `  ${colors.dim(name.padEnd(9))} ${text}`),
    ...report.checks.map(
      ({ kind, rule, isKept, observed }) =>
        `  ${isKept ? colors.green('✓') : colors.red('✗')} ${rule} ${colors.dim(`— ${observed}${kind === 'mark' ? ' (a time we aim at)' : ''}`)}`,
    ),
  ].join('\n');
}

/** All faults in one table, and the verdict. */
export function showSummary(
  terminal: Terminal,
  reports: readonly FaultReport[],
  isWholeFleetWell: boolean,
): string {
  const { colors } = terminal;
  const table = showTable(terminal, reports, {
    columns: [
      { heading: 'FAULT', cell: (report) => report.fault, isElastic: true },
      { heading: 'DETECTED', cell: (report) => showMs(report.detectedMs) },
      { heading: 'RECOVERED', cell: (report) => showMs(report.recoveredMs) },
      {
        heading: 'RESULT',
        cell: (report) => (isHealed(report) ? colors.green('healed') : colors.red('failed')),
      },
    ],
    empty: 'No fault was tried.',
  });
  const verdict = isWholeFleetWell
    ? colors.green('Every fault was healed and verified; nothing healthy was touched.')
    : colors.red('Not every fault was healed, or something healthy was touched.');
  return `${table}\n\n${verdict}`;
}

function showMs(ms: number): string {
  return Number.isNaN(ms) ? '-' : `${Math.round(ms)} ms`;
}
