import type { LabelSet, Notification, NotifiedAlert, Notifier } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import type { AlertRecord } from '../dispatch/alert-record.js';
import type { DispatchGroup } from '../dispatch/dispatch-group.js';

/** The alerts of one look at a group that are to be told of, as they were at that moment. */
export interface TellBatch {
  group: DispatchGroup;
  /** Epoch ms of the look. */
  at: number;
  /** The same moment, monotonic ms. */
  atMs: number;
  alerts: readonly NotifiedAlert[];
  firing: readonly string[];
  resolved: readonly string[];
}

/** What is remembered of 100,000 groups holds one empty list, not as many. */
const NONE: string[] = [];

function withOne(list: string[], one: string): string[] {
  if (list === NONE) return [one];
  list.push(one);
  return list;
}

/** Takes a picture of alerts: whatever is posted while it is sent does not change it. */
export function takeBatch(
  group: DispatchGroup,
  records: readonly AlertRecord[],
  { at, atMs }: Pick<TellBatch, 'at' | 'atMs'>,
): TellBatch {
  const alerts: NotifiedAlert[] = [];
  let firing: string[] = NONE;
  let resolved: string[] = NONE;
  for (const record of records) {
    const hasEnded = record.endsAt <= at;
    if (hasEnded) resolved = withOne(resolved, record.fingerprint);
    else firing = withOne(firing, record.fingerprint);
    alerts.push({
      status: hasEnded ? 'resolved' : 'firing',
      labels: record.labels,
      annotations: record.annotations,
      startsAt: record.startsAt,
      endsAt: hasEnded ? record.endsAt : null,
      generatorURL: record.generatorURL,
      fingerprint: record.fingerprint,
    });
  }
  return { group, at, atMs, alerts, firing, resolved };
}

/** The same with what its alerts say as of now. @param newestOf By fingerprint; undefined where nothing is newer. */
export function withNewest(
  batch: TellBatch,
  newestOf: (fingerprint: string) => LabelSet | undefined,
): TellBatch {
  const alerts = batch.alerts.map((alert) => {
    const annotations = alert.status === 'firing' ? newestOf(alert.fingerprint) : undefined;
    return annotations === undefined ? alert : { ...alert, annotations };
  });
  return { ...batch, alerts };
}

/** Ids that differ through restarts, without asking for randomness each time: 100,000 groups may be told at once. */
const series = createId('notification');
let count = 0;

function nextId(): string {
  count += 1;
  return `${series}-${count.toString(36)}`;
}

/** What one notifier is told of a batch. @param undelivered Who is left, when others behind the notifier have it. */
export function createNotification(
  batch: TellBatch,
  notifier: Notifier,
  undelivered?: unknown,
): Notification {
  const wanted =
    notifier.sendsResolved === false
      ? batch.alerts.filter(({ status }) => status === 'firing')
      : batch.alerts;
  const limit = notifier.maxAlerts ?? 0;
  const alerts = limit > 0 && wanted.length > limit ? wanted.slice(0, limit) : wanted;
  return {
    id: nextId(),
    receiver: batch.group.route.receiver,
    status: batch.firing.length > 0 ? 'firing' : 'resolved',
    groupKey: batch.group.key,
    groupLabels: batch.group.labels,
    commonLabels: commonPairs(alerts, (alert) => alert.labels),
    commonAnnotations: commonPairs(alerts, (alert) => alert.annotations),
    externalURL: '',
    alerts,
    truncatedAlerts: wanted.length - alerts.length,
    at: batch.at,
    ...(undelivered !== undefined && { undelivered }),
  };
}

/** The pairs that all have. Stops looking when there is none left. */
function commonPairs(
  alerts: readonly NotifiedAlert[],
  pairsOf: (alert: NotifiedAlert) => LabelSet,
): LabelSet {
  const [first] = alerts;
  if (!first) return {};
  const pairs = pairsOf(first);
  if (alerts.length === 1) return pairs;
  let names = Object.keys(pairs);
  for (const alert of alerts) {
    if (names.length === 0) break;
    const others = pairsOf(alert);
    if (names.some((name) => others[name] !== pairs[name]))
      names = names.filter((name) => others[name] === pairs[name]);
  }
  return Object.fromEntries(names.map((name) => [name, pairs[name] ?? '']));
}
