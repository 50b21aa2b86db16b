import type { LabelSet, Notification, NotifiedAlert } from '@dreamnet/contracts';

/** One alert in a person's words. */
export interface AlertText {
  status: 'firing' | 'resolved';
  /** What is wrong: its summary, or its name. */
  headline: string;
  /** More of it; empty when there is no more. */
  description: string;
  /** `name=value` of the labels that are not the same for all, or of all when it is alone. */
  labels: string;
  /** When it began, and when it ended. */
  times: string;
  /** Where it comes from and what to do about it. */
  links: readonly string[];
}

/** Labels that say where something is wrong, the best one first. */
const PLACES = ['subsystem', 'service', 'instance', 'job', 'node', 'host'] as const;
const SUMMARY_NAMES = ['summary', 'message', 'title'] as const;
const LONGEST_TITLE = 250;

/** One line that says how many, what, where and how bad: `[FIRING:2] AgentDown on billing (critical)`. */
export function titleOf(notification: Notification): string {
  const { alerts, commonLabels, commonAnnotations, truncatedAlerts } = notification;
  const firing = alerts.filter(({ status }) => status === 'firing').length + truncatedAlerts;
  const resolved = alerts.length + truncatedAlerts - firing;
  const count = notification.status === 'firing' ? `FIRING:${firing}` : `RESOLVED:${resolved}`;
  const place = firstOf(commonLabels, PLACES);
  const severity = commonLabels.severity;
  const summary = firstOf(commonAnnotations, SUMMARY_NAMES);
  const title = [
    `[${count}] ${nameOf(notification)}`,
    place === undefined ? '' : ` on ${place}`,
    severity === undefined ? '' : ` (${severity})`,
    summary === undefined ? '' : `: ${summary}`,
  ].join('');
  return shorten(title.replace(/\s+/g, ' '), LONGEST_TITLE);
}

/** Each alert of the notification for a person, firing ones first, at most `limit`. */
export function alertTexts(notification: Notification, limit: number): readonly AlertText[] {
  const { alerts, commonLabels } = notification;
  const common = alerts.length > 1 ? commonLabels : {};
  return [...alerts]
    .sort((a, b) => Number(a.status === 'resolved') - Number(b.status === 'resolved'))
    .slice(0, limit)
    .map((alert) => describe(alert, common));
}

/** The whole message as plain text. */
export function plainTextOf(notification: Notification, limit: number): string {
  const blocks = alertTexts(notification, limit).map((alert) =>
    [
      `${alert.status.toUpperCase()}  ${alert.headline}`,
      alert.description,
      alert.labels,
      alert.times,
      ...alert.links,
    ]
      .filter((line) => line !== '')
      .join('\n  '),
  );
  return [...blocks, ...restOf(notification, limit)].join('\n\n');
}

/** What is not in the message is said to be missing. */
export function restOf({ alerts, truncatedAlerts, externalURL }: Notification, limit: number): string[] {
  const missing = Math.max(0, alerts.length - limit) + truncatedAlerts;
  return [
    ...(missing > 0 ? [`and ${missing} more`] : []),
    ...(externalURL === '' ? [] : [`All alerts: ${externalURL}`]),
  ];
}

/** Cut where it is too long, and said to be cut. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

function nameOf({ alerts, commonLabels, groupLabels }: Notification): string {
  if (commonLabels.alertname !== undefined) return commonLabels.alertname;
  const names = [...new Set(alerts.flatMap(({ labels }) => labels.alertname ?? []))];
  if (names.length > 0 && names.length <= 3) return names.join(', ');
  const group = showLabels(groupLabels);
  return group === '' ? `${alerts.length} alerts` : group;
}

function describe(alert: NotifiedAlert, common: LabelSet): AlertText {
  const { labels, annotations } = alert;
  const own = Object.fromEntries(Object.entries(labels).filter(([name]) => common[name] === undefined));
  const runbook = annotations.runbook_url ?? annotations.runbook;
  return {
    status: alert.status,
    headline: firstOf(annotations, SUMMARY_NAMES) ?? labels.alertname ?? showLabels(labels),
    description: annotations.description ?? '',
    labels: showLabels(own),
    times: showTimes(alert),
    links: [
      ...(runbook === undefined ? [] : [`What to do: ${runbook}`]),
      ...(alert.generatorURL === '' ? [] : [`Source: ${alert.generatorURL}`]),
    ],
  };
}

function showTimes({ startsAt, endsAt }: NotifiedAlert): string {
  const since = `since ${showInstant(startsAt)}`;
  return endsAt === null ? since : `${since} until ${showInstant(endsAt)}`;
}

/** To the second, in UTC: readers may be anywhere. */
function showInstant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function showLabels(labels: LabelSet): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${/[\s,=]/.test(value) ? JSON.stringify(value) : value}`)
    .join(' ');
}

function firstOf(record: LabelSet, names: readonly string[]): string | undefined {
  for (const name of names) if (record[name]) return record[name];
  return undefined;
}
