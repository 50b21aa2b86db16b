import type {
  Alert,
  Clock,
  DreamnetEvent,
  LegacyNotification,
  LegacyNotifier,
  Severity,
} from '@dreamnet/contracts';
import { createId, withDeadline } from '@dreamnet/kit';
import { createDeliveryQueue, type DeliveryOptions } from './delivery-queue.js';

export interface NotificationDispatcherOptions extends DeliveryOptions {
  notifiers: readonly LegacyNotifier[];
  /** Is it silenced? Asked when the notification is about to leave. */
  isMuted?: (alert: Alert) => boolean;
  /** An alert waits this long, so that alerts of one fault go together and its effects can be told apart. Default 1000. */
  groupWaitMs?: number;
  /** After its cause has gone an alert waits this long to clear by itself before it notifies. Default 10000. */
  afterCauseMs?: number;
}

/** Turns changes of alerts into notifications. */
export interface NotificationDispatcher {
  /** Takes any event and returns at once; only `alert.*` matter. Never throws. */
  handle(event: DreamnetEvent): void;
  /** Sends what waits to be grouped, now. */
  flush(): void;
  /** Resolves when no delivery waits or is under way. Does not flush. */
  settled(): Promise<void>;
  /** Flushes, lets deliveries go on for `deadlineMs`, then gives up the rest and says so. Idempotent. */
  stop(deadlineMs: number): Promise<void>;
}

interface Waiting {
  alert: Alert;
  dueMs: number;
}

interface Book {
  waiting: Map<string, Waiting>;
  /** Explained by another subsystem's failure; `by` is its name. */
  inhibited: Map<string, { alert: Alert; by: string }>;
  /** Fingerprints whose beginning was told, so that their end is told as well. */
  told: Set<string>;
}

/** What an aborted delivery gets to settle. */
const ABORT_GRACE_MS = 1000;
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/**
 * Tells every notifier of alerts that became active and, if it was told of one, that it ended. What is inhibited by a
 * cause, silenced, or over before `groupWaitMs` is not told.
 */
export function createNotificationDispatcher(options: NotificationDispatcherOptions): NotificationDispatcher {
  const { clock, groupWaitMs = 1000, afterCauseMs = 10_000, isMuted = () => false } = options;
  const queues = options.notifiers.map((notifier) => ({
    name: notifier.name,
    queue: createDeliveryQueue(notifier, options),
  }));
  const book: Book = { waiting: new Map(), inhibited: new Map(), told: new Set() };
  let isStopped = false;

  const send = (status: LegacyNotification['status'], alerts: readonly Alert[]) => {
    if (alerts.length === 0) return;
    const at = clock.now();
    const severity = worstOf(alerts);
    for (const { name, queue } of queues)
      queue.push({ id: createId('notification'), receiver: name, status, alerts, severity, at });
  };
  const sendDue = (untilMs: number) => {
    const due = [...book.waiting].filter(([, { dueMs }]) => dueMs <= untilMs);
    for (const [fingerprint] of due) book.waiting.delete(fingerprint);
    const alerts = due.map(([, { alert }]) => alert).filter((alert) => !isMuted(alert));
    for (const { fingerprint } of alerts) book.told.add(fingerprint);
    send('firing', alerts);
  };
  const alarm = createAlarm(clock, () => {
    sendDue(clock.monotonic());
    alarm.set(firstDueMs(book));
  });
  const flush = () => {
    sendDue(Number.POSITIVE_INFINITY);
    alarm.set(undefined);
  };
  const settled = async () => {
    await Promise.all(queues.map(({ queue }) => queue.settled()));
  };
  const waits = { groupWaitMs, afterCauseMs, nowMs: () => clock.monotonic() };

  return {
    handle: (event) => {
      if (isStopped) return;
      send('resolved', noteEvent(book, event, waits));
      alarm.set(firstDueMs(book));
    },
    flush,
    settled,
    stop: async (deadlineMs) => {
      if (!isStopped) flush();
      isStopped = true;
      await withDeadline(clock, deadlineMs, settled, () => undefined);
      for (const { queue } of queues) queue.abort();
      // A notifier that ignores its signal must not hold up the end of the daemon.
      await withDeadline(clock, ABORT_GRACE_MS, settled, () => undefined);
    },
  };
}

/** One timer that is moved: it rings at the monotonic time last set, or never. */
function createAlarm(clock: Clock, ring: () => void) {
  let timer: ReturnType<Clock['setTimeout']> | undefined;
  return {
    set: (atMs: number | undefined) => {
      if (timer) clock.clearTimeout(timer);
      timer = atMs === undefined ? undefined : clock.setTimeout(ring, Math.max(0, atMs - clock.monotonic()));
    },
  };
}

function firstDueMs({ waiting }: Book): number | undefined {
  return waiting.size === 0 ? undefined : Math.min(...[...waiting.values()].map(({ dueMs }) => dueMs));
}

interface Waits {
  groupWaitMs: number;
  afterCauseMs: number;
  nowMs: () => number;
}

/** @returns Alerts whose end is to be told now. */
function noteEvent(book: Book, event: DreamnetEvent, waits: Waits): readonly Alert[] {
  switch (event.type) {
    case 'alert.activated': {
      const { alert } = event.data;
      if (book.told.has(alert.fingerprint)) return [];
      if (alert.causedBy !== undefined) inhibit(book, alert, alert.causedBy);
      else book.waiting.set(alert.fingerprint, { alert, dueMs: waits.nowMs() + waits.groupWaitMs });
      return [];
    }
    case 'alert.inhibited':
      inhibit(book, event.data.alert, event.data.by);
      return [];
    case 'alert.resolved':
    case 'alert.closed':
      return noteEnd(book, event.data.alert, waits);
    default:
      return [];
  }
}

/** Too late for one that was told already: its end will be told as well. */
function inhibit(book: Book, alert: Alert, by: string): void {
  if (book.told.has(alert.fingerprint)) return;
  book.waiting.delete(alert.fingerprint);
  book.inhibited.set(alert.fingerprint, { alert, by });
}

function noteEnd(book: Book, ended: Alert, waits: Waits): readonly Alert[] {
  book.waiting.delete(ended.fingerprint);
  book.inhibited.delete(ended.fingerprint);
  for (const [fingerprint, { alert, by }] of book.inhibited) {
    if (by !== ended.subsystem) continue;
    book.inhibited.delete(fingerprint);
    const { causedBy: _gone, ...rest } = alert;
    book.waiting.set(fingerprint, { alert: rest, dueMs: waits.nowMs() + waits.afterCauseMs });
  }
  return book.told.delete(ended.fingerprint) ? [ended] : [];
}

function worstOf(alerts: readonly Alert[]): Severity {
  const worst = Math.max(...alerts.map(({ severity }) => SEVERITIES.indexOf(severity)));
  return SEVERITIES[worst] ?? 'info';
}
