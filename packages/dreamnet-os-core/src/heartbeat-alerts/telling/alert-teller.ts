import type { Alert, Clock, LabelSet, PostedAlert } from '@dreamnet/contracts';
import type { AlertBook } from '../../boundary.js';
import { isFromElsewhere } from '../external-alert.js';
import { annotationsOf, ownEnd, ownLabels, ownNotice } from './own-notice.js';

export interface AlertTellerOptions {
  clock: Clock;
  book: Pick<AlertBook, 'active' | 'onChange'>;
  post: (alerts: readonly PostedAlert[]) => void;
  fingerprintOf: (labels: LabelSet) => string;
  /** The alert as of now; undefined when it says what it said. */
  refresh: (alert: Alert) => Alert | undefined;
  /** An alert of ours is told of, again with other words, or over. */
  onTold?: (alert: Alert) => void;
  onOver?: (alert: Alert) => void;
}

/** Hands our own alerts to the delivery: when their cause is known, when they change, when they end. */
export interface AlertTeller {
  /** It is decided whether something else explains the active alert. */
  judged(alert: Alert): void;
  /** Tells it under further labels too, until it is over. @returns Was it not told under them already? */
  tellAlso(alertId: string, extra: LabelSet): boolean;
  /** Is one of our alerts told under this fingerprint now? */
  isTold(fingerprint: string): boolean;
  /** What keeps the alert of this fingerprint quiet: who acknowledged it, or what causes it. */
  suppressedBy(fingerprint: string): readonly string[];
  /** A notification of it is about to leave: what it is to say instead of what was posted; undefined when nothing else. */
  newest(fingerprint: string): LabelSet | undefined;
  /** The fingerprint under which the delivery knows it. */
  fingerprintOf(alertId: string): string | undefined;
  /** The alert as it is now, when it is told of. */
  toldAlert(alertId: string): Alert | undefined;
  /** After a start: alerts that were judged before go on being told. @param wasTold Do the receivers know of it? */
  resume(wasTold: (alertId: string) => boolean): void;
}

interface Told {
  alert: Alert;
  labels: LabelSet;
  fingerprint: string;
  /** Labels with which it is told as well, such as those of an escalation. */
  extras: LabelSet[];
}

/** A teller that knows of no alert yet. */
export function createAlertTeller(options: AlertTellerOptions): AlertTeller {
  const { book } = options;
  const index = createToldIndex(options.fingerprintOf);
  const { told, owners } = index;
  const tell = (alert: Alert): void => {
    const labels = ownLabels(alert);
    const fingerprint = options.fingerprintOf(labels);
    const before = told.get(alert.id);
    if (before?.fingerprint === fingerprint) before.alert = alert;
    else {
      // Another severity is another alert to those who are told.
      if (before !== undefined) drop(before);
      index.put({ alert, labels, fingerprint, extras: before?.extras ?? [] });
    }
    postFiring(options, told.get(alert.id));
    options.onTold?.(alert);
  };
  const drop = (one: Told): void => {
    index.drop(one);
    postEnd(options, one);
  };
  book.onChange((alert, change) => {
    const known = told.get(alert.id);
    if (known === undefined) return;
    if (change === 'resolved' || change === 'closed') {
      known.alert = alert;
      drop(known);
      options.onOver?.(alert);
    } else if (alert.state === 'active') tell(alert);
  });
  const tellAlso = (known: Told, extra: LabelSet): boolean => {
    const fingerprint = options.fingerprintOf({ ...known.labels, ...extra });
    if (owners.has(fingerprint)) return false;
    known.extras.push(extra);
    owners.set(fingerprint, known);
    postFiring(options, known);
    return true;
  };
  return {
    judged: (alert) => {
      if (alert.state === 'active') tell(alert);
    },
    tellAlso: (alertId, extra) => {
      const known = told.get(alertId);
      return known !== undefined && tellAlso(known, extra);
    },
    isTold: (fingerprint) => owners.has(fingerprint),
    suppressedBy: (fingerprint) => reasons(owners.get(fingerprint)?.alert, index.bySubsystem),
    newest: (fingerprint) => newestOf(owners.get(fingerprint), options.refresh),
    fingerprintOf: (alertId) => told.get(alertId)?.fingerprint,
    toldAlert: (alertId) => told.get(alertId)?.alert,
    resume: (wasTold) => {
      // Not every alert has an incident: one on a score, or on a receiver, is about nobody that is watched.
      for (const alert of book.active())
        if (!isFromElsewhere(alert) && (alert.incidentId !== undefined || wasTold(alert.id))) tell(alert);
    },
  };
}

/** What is told, by the alert's id, by each fingerprint it is told under, and by its subsystem. */
function createToldIndex(fingerprintOf: AlertTellerOptions['fingerprintOf']) {
  const told = new Map<string, Told>();
  const owners = new Map<string, Told>();
  const bySubsystem = new Map<string, Set<Told>>();
  return {
    told,
    owners,
    bySubsystem,
    put: (one: Told): void => {
      const { id, subsystem } = one.alert;
      told.set(id, one);
      for (const labels of allLabels(one)) owners.set(fingerprintOf(labels), one);
      const others = bySubsystem.get(subsystem) ?? new Set();
      bySubsystem.set(subsystem, others.add(one));
    },
    drop: (one: Told): void => {
      const { id, subsystem } = one.alert;
      told.delete(id);
      for (const labels of allLabels(one)) owners.delete(fingerprintOf(labels));
      const others = bySubsystem.get(subsystem);
      others?.delete(one);
      if (others?.size === 0) bySubsystem.delete(subsystem);
    },
  };
}

function postFiring({ clock, post }: AlertTellerOptions, told: Told | undefined): void {
  if (told === undefined) return;
  const notice = ownNotice(told.alert, clock.now());
  post(allLabels(told).map((labels) => ({ ...notice, labels })));
}

function postEnd({ clock, post }: AlertTellerOptions, told: Told): void {
  const now = clock.now();
  post(allLabels(told).map((labels) => ownEnd(told.alert, labels, now)));
}

function newestOf(known: Told | undefined, refresh: AlertTellerOptions['refresh']): LabelSet | undefined {
  const alert = known && refresh(known.alert);
  if (known === undefined || alert?.id !== known.alert.id) return undefined;
  known.alert = alert;
  return annotationsOf(alert);
}

function allLabels({ labels, extras }: Told): LabelSet[] {
  return [labels, ...extras.map((extra) => ({ ...labels, ...extra }))];
}

function reasons(
  alert: Alert | undefined,
  bySubsystem: ReadonlyMap<string, ReadonlySet<Told>>,
): readonly string[] {
  if (alert === undefined) return [];
  const { acknowledgedBy, causedBy } = alert;
  const acknowledged = acknowledgedBy === undefined ? [] : [`acknowledged by ${acknowledgedBy}`];
  if (causedBy === undefined) return acknowledged;
  const causes = [...(bySubsystem.get(causedBy) ?? [])].map(({ fingerprint }) => fingerprint);
  return [...acknowledged, ...(causes.length === 0 ? [causedBy] : causes)];
}
