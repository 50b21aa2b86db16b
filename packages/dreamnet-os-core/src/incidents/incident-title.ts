import type { Alert, Incident, IncidentEntry, Severity } from '@dreamnet/contracts';
import { isWorseThan } from '../heartbeat-alerts/severities.js';

/** What an incident is called by, and why its cause is said to be broken. */
export interface IncidentTitle {
  title: string;
  reason: string;
}

/**
 * What an open incident is called by while it goes on: what it is called by already as long as that is open and nothing about
 * its cause is worse, else the worst that is open. While only those it broke are still broken it is one of theirs.
 *
 * @param open Its open alerts, in the order in which they joined.
 * @param isCauseWell Its cause has no fault any more, by what is known now.
 * @returns Nothing when it keeps what it is called by, as it does when nothing is open.
 */
export function titleWhileOpen(
  incident: Incident,
  open: readonly Alert[],
  isCauseWell: boolean,
): IncidentTitle | undefined {
  const { cause } = incident;
  const own = open.filter(({ subsystem }) => subsystem === cause.subsystem);
  const worst = worstOf(own.length > 0 || !isCauseWell ? own : open);
  if (!worst) return undefined;
  const title = wordsOf(incident, worst);
  if (own.length === 0) return other(incident, { title, reason: cause.reason });
  const told = idsTold(incident);
  const isStill = own.some(({ id, severity }) => told.has(id) && !isWorseThan(worst.severity, severity));
  return isStill ? undefined : other(incident, { title, reason: title });
}

/**
 * What an incident is called by once it is over: the worst that was found about its cause. One that began with those its cause
 * broke, and has not been called otherwise since, keeps its name.
 *
 * @returns Nothing when it keeps what it is called by.
 */
export function titleWhenOver(incident: Incident): IncidentTitle | undefined {
  const { cause, title, stages } = incident;
  const found = foundAboutCause(incident);
  const [first] = found;
  const isOfOthers = stages.some(
    ({ stage, summary, subsystem }) =>
      stage === 'detected' && summary === title && subsystem !== cause.subsystem,
  );
  if (!first)
    return isOfOthers ? { title: `${cause.subsystem}: ${cause.reason}`, reason: cause.reason } : undefined;
  const worst = found.reduce((best, entry) => (isWorse(entry, best) ? entry : best), first);
  const told = found.filter(({ summary }) => summary === title);
  const isKept = told.length > 0 ? told.some((entry) => !isWorse(worst, entry)) : !isOfOthers;
  return isKept ? undefined : { title: worst.summary, reason: worst.summary };
}

/** One that was opened by whom its cause broke is called by the cause, as is what was found about that first. */
function idsTold(incident: Incident): ReadonlySet<unknown> {
  const found = foundAboutCause(incident);
  const told = found.filter(({ summary }) => summary === incident.title);
  return new Set((told.length > 0 ? told : found.slice(0, 1)).map(({ evidence }) => evidence.alertId));
}

function foundAboutCause({ stages, cause }: Incident): IncidentEntry[] {
  return stages.filter(({ stage, subsystem }) => stage === 'detected' && subsystem === cause.subsystem);
}

/** As it stands in the timeline: what an alert says may have changed since. */
function wordsOf({ stages }: Incident, { id, message }: Alert): string {
  const entry = stages.find(({ stage, evidence }) => stage === 'detected' && evidence.alertId === id);
  return entry?.summary ?? message;
}

function worstOf(alerts: readonly Alert[]): Alert | undefined {
  return alerts.reduce<Alert | undefined>(
    (worst, alert) => (!worst || isWorseThan(alert.severity, worst.severity) ? alert : worst),
    undefined,
  );
}

function isWorse({ evidence }: IncidentEntry, than: IncidentEntry): boolean {
  return isWorseThan(evidence.severity as Severity, than.evidence.severity);
}

function other({ title }: Incident, next: IncidentTitle): IncidentTitle | undefined {
  return next.title === title ? undefined : next;
}
