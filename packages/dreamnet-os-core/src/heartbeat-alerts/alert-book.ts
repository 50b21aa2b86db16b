import type { Alert } from '@dreamnet/contracts';
import { createId, step } from '@dreamnet/kit';
import type { AlertBook, AlertChange, AlertCondition, RoomOptions } from '../boundary.js';
import { type AlertCase, type AlertFigures, createAlertCases } from './alert-cases.js';
import { type AlertLedger, createAlertLedger } from './alert-ledger.js';
import { loadAlerts } from './alert-loading.js';
import { ALERT_STATES, type AlertEvent } from './alert-states.js';
import { type AlertTimes, createAlertTimes } from './alert-times.js';
import { createAlertWriter } from './alert-writer.js';

/** Defaults of the alert book. */
export const ALERT_DEFAULTS = {
  /** What raises a condition has most often debounced it already. */
  forMs: 0,
  keepFiringForMs: 500,
  /** After a person resolved an alert whose condition still holds, so long until it is detected again. */
  redetectAfterMs: 5_000,
  closeResolvedAfterMs: 3_600_000,
  keepClosed: 1000,
};

export interface AlertBookOptions extends RoomOptions {
  settings?: Partial<typeof ALERT_DEFAULTS>;
}

/** The alert book of the boundary, and what only this package asks of it. */
export interface AlertBookRoom extends AlertBook {
  /** Writes every alert anew: the store has missed changes. */
  keepAll(): void;
  /** Resolves when every change until now is on disk, or was refused, which is published. */
  written(): Promise<void>;
  /** The alerts' share of the health statistics. */
  figures(): AlertFigures;
  /** Transitions asked for and refused by the state table, since the book was made. */
  refusedTransitions(): number;
  /** Listeners that threw since the book was made. */
  failedListeners(): number;
}

interface Parts {
  options: AlertBookOptions;
  settings: typeof ALERT_DEFAULTS;
  ledger: AlertLedger;
  times: AlertTimes;
  /** Conditions that hold whether or not an alert of theirs is open. */
  held: Map<string, AlertCondition>;
}

/**
 * Makes an alert book. Changes are on disk before listeners hear of them; without a store they hear at once.
 * Before `start()` it sets no timer: what is due happens when the book is next looked at.
 */
export function createAlertBook(options: AlertBookOptions): AlertBookRoom {
  const settings = { ...ALERT_DEFAULTS, ...options.settings };
  const cases = createAlertCases(settings.keepClosed);
  const writer = createAlertWriter(options.store, options.publish);
  const ledger = createAlertLedger({ ...options, cases, writer });
  const times = createAlertTimes({ clock: options.clock, onDue: (found) => settleCase(parts, found) });
  const parts: Parts = { options, settings, ledger, times, held: new Map() };
  return {
    ...conditions(parts),
    ...views(parts),
    ...hands(parts),
    keepAll: ledger.keepAll,
    onChange: ledger.onChange,
    load: async () => {
      for (const found of await loadAlerts({ ...options, cases })) times.wake(found, 0);
    },
    written: writer.written,
    settled: writer.settled,
    start: times.start,
    stop: times.stop,
  };
}

function conditions(parts: Parts): Pick<AlertBook, 'raise' | 'clear'> {
  const { options, ledger, held } = parts;
  return {
    raise: (condition) => {
      held.set(condition.fingerprint, condition);
      const open = ledger.cases.openOf(condition.fingerprint);
      const found = open === undefined ? detect(parts, condition) : see(parts, open, condition);
      // Only this one: when a whole fleet fails at once, each alert must not cost a look at all others.
      settleCase(parts, found);
      return found.alert;
    },
    clear: (fingerprint) => {
      held.delete(fingerprint);
      const found = ledger.cases.openOf(fingerprint);
      if (found === undefined || found.goneSinceMs !== undefined) return;
      found.goneSinceMs = options.clock.monotonic();
      if (found.alert.state === 'detected') move(parts, found, { event: 'gone', change: 'closed' });
      settleCase(parts, found);
    },
  };
}

function views({ ledger, times }: Parts) {
  /** What is due happens first. */
  const settled = (): AlertLedger['cases'] => {
    times.settle();
    return ledger.cases;
  };
  return {
    get: (id: string): Alert | undefined => settled().get(id)?.alert,
    open: (): readonly Alert[] => settled().open(),
    active: (): readonly Alert[] => settled().active(),
    recent: (limit: number): readonly Alert[] => settled().recent(limit),
    figures: (): AlertFigures => settled().figures(),
    refusedTransitions: () => ledger.refused,
    failedListeners: () => ledger.failedListeners,
  };
}

/** What people and the remediation do to alerts by hand. */
function hands(parts: Parts) {
  const { options, ledger } = parts;
  const { clock } = options;
  const isOpen = ({ state }: Alert): boolean => state === 'detected' || state === 'active';
  return {
    acknowledge: (id: string, by: string, why?: string): boolean => {
      const found = ledger.cases.get(id);
      if (found === undefined || !isOpen(found.alert)) return false;
      const reason = because(found.alert, 'acknowledgedBecause', why);
      ledger.record(found, { ...found.alert, acknowledgedBy: by, ...reason }, 'acknowledged');
      return true;
    },
    resolve: (id: string, by: string, why?: string): boolean => {
      const found = ledger.cases.get(id);
      if (found === undefined) return false;
      const reason = because(found.alert, 'resolvedBecause', why);
      const changes = { resolvedBy: by, resolvedAt: clock.now(), ...reason };
      const isDone = move(parts, found, { event: 'resolve', change: 'resolved', changes });
      settleCase(parts, found);
      return isDone;
    },
    close: (id: string, by: string, why?: string): boolean => {
      const found = ledger.cases.get(id);
      if (found === undefined) return false;
      const changes = { closedBy: by, ...because(found.alert, 'closedBecause', why) };
      return move(parts, found, { event: 'close', change: 'closed', changes });
    },
    setCause: (id: string, causedBy: string | undefined): void => {
      const found = ledger.cases.get(id);
      if (found === undefined || found.alert.causedBy === causedBy) return;
      const { causedBy: _before, ...rest } = found.alert;
      ledger.record(found, causedBy === undefined ? rest : { ...rest, causedBy }, 'updated');
      if (causedBy !== undefined)
        options.publish('alert.inhibited', found.alert.subsystem, { alert: found.alert, by: causedBy });
    },
    setIncident: (id: string, incidentId: string): void => {
      const found = ledger.cases.get(id);
      if (found !== undefined && found.alert.incidentId !== incidentId)
        ledger.record(found, { ...found.alert, incidentId }, 'updated');
    },
  };
}

/** Why a person did it, kept with the alert. */
function because({ evidence }: Alert, name: string, why: string | undefined): Partial<Alert> {
  return why === undefined ? {} : { evidence: { ...evidence, [name]: why } };
}

function detect(parts: Parts, condition: AlertCondition): AlertCase {
  const { clock } = parts.options;
  const at = clock.now();
  const { fingerprint, type, severity, subsystem, about, message, labels, annotations, evidence } = condition;
  const found: AlertCase = {
    alert: {
      id: createId('alert'),
      fingerprint,
      type,
      severity,
      state: 'detected',
      subsystem,
      ...(about === undefined ? {} : { about }),
      message,
      labels: labels ?? {},
      ...(annotations === undefined ? {} : { annotations }),
      evidence,
      detectedAt: at,
      lastSeenAt: at,
    },
    condition,
    seenSinceMs: clock.monotonic(),
    goneSinceMs: undefined,
    resolvedMs: undefined,
    wakeMs: Number.POSITIVE_INFINITY,
  };
  parts.ledger.cases.add(found);
  parts.ledger.record(found, found.alert, 'detected');
  return found;
}

function see({ options, ledger }: Parts, found: AlertCase, condition: AlertCondition): AlertCase {
  const { message, severity, evidence, annotations } = condition;
  found.condition = condition;
  found.goneSinceMs = undefined;
  const isNews = message !== found.alert.message || severity !== found.alert.severity;
  const told = annotations === undefined ? {} : { annotations };
  const alert = { ...found.alert, message, severity, evidence, ...told, lastSeenAt: options.clock.now() };
  if (isNews) ledger.record(found, alert, 'updated');
  else ledger.cases.replace(found, alert);
  return found;
}

function move(
  { options, ledger }: Parts,
  found: AlertCase,
  by: { event: AlertEvent; change: AlertChange; changes?: Partial<Alert> },
): boolean {
  const outcome = step(ALERT_STATES, found.alert.state, by.event);
  if (!outcome.ok) {
    ledger.refuse();
    return false;
  }
  const closing = outcome.to === 'closed' ? { closedAt: options.clock.now() } : {};
  ledger.record(found, { ...found.alert, ...by.changes, ...closing, state: outcome.to }, by.change);
  return true;
}

/** Lets happen what is due for one alert. Its state is read anew for each step: a listener may have moved it. */
function settleCase(parts: Parts, found: AlertCase): void {
  const { options, settings } = parts;
  const at = options.clock.now();
  const isDue = dueTest(parts, found);
  if (found.alert.state === 'detected') {
    if (isDue(found.seenSinceMs, found.condition?.forMs ?? settings.forMs))
      move(parts, found, { event: 'held', change: 'activated', changes: { activeAt: at } });
  }
  if (found.alert.state === 'active' && found.goneSinceMs !== undefined) {
    if (isDue(found.goneSinceMs, found.condition?.keepFiringForMs ?? settings.keepFiringForMs)) {
      found.resolvedMs = options.clock.monotonic();
      move(parts, found, { event: 'quiet', change: 'resolved', changes: { resolvedAt: at } });
    }
  }
  if (found.alert.state === 'resolved') settleResolved(parts, found, isDue);
}

type DueTest = (sinceMs: number, afterMs: number) => boolean;

/** Is it time? If not, the alert is looked at again when it is. */
function dueTest({ options, times }: Parts, found: AlertCase): DueTest {
  const nowMs = options.clock.monotonic();
  return (sinceMs, afterMs) => {
    const leftMs = sinceMs + afterMs - nowMs;
    if (leftMs > 0) times.wake(found, leftMs);
    return leftMs <= 0;
  };
}

/** A resolved alert is closed when it is old; if its condition holds all the same, a new one is detected first. */
function settleResolved(parts: Parts, found: AlertCase, isDue: DueTest): void {
  const { settings, ledger, held } = parts;
  const { fingerprint } = found.alert;
  found.resolvedMs ??= parts.options.clock.monotonic();
  const condition = ledger.cases.openOf(fingerprint) === undefined ? held.get(fingerprint) : undefined;
  if (condition !== undefined && isDue(found.resolvedMs, settings.redetectAfterMs))
    settleCase(parts, detect(parts, condition));
  if (isDue(found.resolvedMs, settings.closeResolvedAfterMs))
    move(parts, found, { event: 'expire', change: 'closed' });
}
