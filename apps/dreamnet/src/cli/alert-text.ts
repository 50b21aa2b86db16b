import type {
  AlertView,
  LabelMatcher,
  NotifierView,
  ReceiverView,
  RuleView,
  SilenceView,
} from '@dreamnet/contracts';
import { showTable } from './table.js';
import { paint, showDuration, showTime, type Terminal } from './terminal.js';

/** The table `alerts` prints. */
export function showAlerts(terminal: Terminal, alerts: readonly AlertView[]): string {
  return showTable(terminal, alerts, {
    columns: [
      { heading: 'ID', cell: (alert) => alert.id },
      { heading: 'STATE', spare: 3, cell: (alert) => paint(terminal, alert.state) },
      { heading: 'SEVERITY', cell: (alert) => paint(terminal, alert.severity) },
      { heading: 'TYPE', spare: 1, cell: (alert) => alert.type },
      { heading: 'SUBSYSTEM', cell: (alert) => alert.subsystem || '-' },
      { heading: 'SINCE', spare: 2, cell: (alert) => showTime(alert.detectedAt) },
      { heading: 'QUIET', cell: quietWords },
      { heading: 'MESSAGE', cell: (alert) => alert.message, isElastic: true },
    ],
    empty: 'No alerts.',
  });
}

/** What keeps the alert from being told, in a word or two. */
function quietWords(alert: AlertView): string {
  if (alert.acknowledgedBy !== undefined) return `acked by ${alert.acknowledgedBy}`;
  if (alert.causedBy !== undefined) return `caused by ${alert.causedBy}`;
  if (alert.silencedBy?.length) return 'silenced';
  if (alert.inhibitedBy?.length) return 'inhibited';
  return alert.mutedBy?.length ? `muted (${alert.mutedBy.join(', ')})` : '-';
}

/** All that is known of one alert. */
export function showAlert(terminal: Terminal, alert: AlertView): string {
  const time = (at: number | undefined) => (at === undefined ? undefined : showTime(at, true));
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', alert.id],
    ['state', paint(terminal, alert.state)],
    ['severity', paint(terminal, alert.severity)],
    ['type', alert.type],
    ['subsystem', alert.subsystem || '-'],
    ['message', alert.message],
    ['detected', time(alert.detectedAt)],
    ['active', time(alert.activeAt)],
    ['acknowledged by', alert.acknowledgedBy],
    ['resolved', time(alert.resolvedAt)],
    ['resolved by', alert.resolvedBy],
    ['closed', time(alert.closedAt)],
    ['caused by', alert.causedBy],
    ['incident', alert.incidentId],
    ['told to', alert.receivers?.join(', ')],
    ['silenced by', alert.silencedBy?.join(', ') || undefined],
    ['inhibited by', alert.inhibitedBy?.join(', ') || undefined],
    ['muted by', alert.mutedBy?.join(', ') || undefined],
    ['labels', pairs(alert.labels)],
    ['annotations', pairs(alert.annotations ?? {}) || undefined],
    ['evidence', JSON.stringify(alert.evidence)],
  ];
  return rows
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${terminal.colors.dim(name.padEnd(16))} ${value}`],
    )
    .join('\n');
}

function pairs(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');
}

/** The table `alerts silences` prints. */
export function showSilences(
  terminal: Terminal,
  silences: readonly SilenceView[],
  matcherText: (matcher: LabelMatcher) => string,
): string {
  return showTable(terminal, silences, {
    columns: [
      { heading: 'ID', cell: ({ id }) => id },
      { heading: 'STATE', spare: 3, cell: ({ state }) => paint(terminal, state) },
      { heading: 'ENDS', cell: ({ endsAt }) => showDay(endsAt) },
      { heading: 'BY', spare: 2, cell: ({ createdBy }) => createdBy },
      {
        heading: 'WINDOWS',
        spare: 1,
        cell: ({ windows }) => (windows?.length ? String(windows.length) : '-'),
      },
      { heading: 'MATCHERS', cell: ({ matchers }) => matchers.map(matcherText).join(' '), isElastic: true },
      { heading: 'COMMENT', cell: ({ comment }) => comment || '-', isElastic: true },
    ],
    empty: 'No silences.',
  });
}

/** A silence often ends on another day. */
function showDay(at: number): string {
  return `${new Date(at).toLocaleDateString('sv-SE')} ${showTime(at).slice(0, 5)}`;
}

/** The table `alerts rules` prints. */
export function showRules(terminal: Terminal, rules: readonly RuleView[]): string {
  return showTable(terminal, rules, {
    columns: [
      { heading: 'RULE', cell: ({ name }) => name },
      { heading: 'ON', spare: 1, cell: ({ on }) => on },
      { heading: 'SEVERITY', cell: ({ severity }) => paint(terminal, severity) },
      { heading: 'FOR', cell: ({ forMs }) => (forMs === 0 ? '-' : showDuration(forMs)) },
      { heading: 'FIRING', cell: ({ firing }) => (firing.length === 0 ? '-' : firing.join(', ')) },
      { heading: 'CONDITION', cell: ({ condition }) => condition, isElastic: true },
    ],
    empty: 'No rules of your own; the built-in ones on status, axes and scores are always on.',
  });
}

/** The table `alerts receivers` prints: a line for each way of telling. */
export function showReceivers(terminal: Terminal, receivers: readonly ReceiverView[]): string {
  const rows = receivers.flatMap(({ name, notifiers }) =>
    notifiers.map((notifier: NotifierView) => ({ receiver: name, ...notifier })),
  );
  return showTable(terminal, rows, {
    columns: [
      { heading: 'RECEIVER', cell: ({ receiver }) => receiver },
      { heading: 'BY', cell: ({ name }) => name },
      { heading: 'SENT', cell: ({ sent }) => String(sent) },
      { heading: 'RETRIED', spare: 1, cell: ({ retried }) => String(retried) },
      { heading: 'FAILED', cell: ({ failed }) => (failed === 0 ? '0' : terminal.colors.red(String(failed))) },
      { heading: 'LAST ERROR', cell: ({ lastError }) => lastError ?? '-', isElastic: true },
    ],
    empty: 'No receivers: nobody is told of alerts.',
  });
}
