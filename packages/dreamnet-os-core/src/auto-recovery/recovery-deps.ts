import type { Alert, Clock, Incident } from '@dreamnet/contracts';
import type { AlertBook, HealthEngine } from '../boundary.js';
import type { IncidentBook } from '../incidents/incident-book.js';
import type { InFlight } from '../remediation/in-flight.js';
import type { Pipeline } from '../remediation/pipeline.js';
import type { RecordKeeper } from '../remediation/record-keeper.js';
import type { RemediationPolicy } from '../remediation/remediation-policy.js';
import type { RemedyBook } from '../remediation/remedy-book.js';
import type { GapDesk } from './gap-desk.js';
import type { SeenAlerts } from './seen-alerts.js';

/** What every part of auto-recovery works on. */
export interface RecoveryDeps {
  clock: Clock;
  health: HealthEngine;
  alerts: AlertBook;
  seen: SeenAlerts;
  incidents: IncidentBook;
  remedies: RemedyBook;
  pipeline: Pipeline;
  keeper: RecordKeeper;
  policy: RemediationPolicy;
  inFlight: InFlight;
  gaps: GapDesk;
}

/** The alerts of an incident that are not over. */
export function openAlertsOf({ seen }: Pick<RecoveryDeps, 'seen'>, incident: Incident): Alert[] {
  return incident.alertIds.flatMap((id) => seen.get(id) ?? []).filter(isOpen);
}

/** The open alerts of a subsystem: those of its incident when it has one, as it nearly always does. */
export function openAlertsAbout(
  deps: Pick<RecoveryDeps, 'seen' | 'alerts' | 'incidents'>,
  about: { subsystem: string; incidentId?: string | undefined },
): Alert[] {
  const incident = deps.incidents.get(about.incidentId ?? '');
  const open = incident ? openAlertsOf(deps, incident) : deps.alerts.open();
  return open.filter((alert) => alert.about === undefined && alert.subsystem === about.subsystem);
}

/**
 * The open incident a subsystem is part of, as its cause or as one that the cause broke.
 *
 * @param exceptId The one that it leaves.
 */
export function incidentOf(
  deps: Pick<RecoveryDeps, 'seen' | 'incidents'>,
  subsystem: string,
  exceptId?: string,
): Incident | undefined {
  return (
    deps.incidents.openFor(subsystem) ??
    deps.incidents
      .openWith(subsystem)
      .find(
        (incident) =>
          incident.id !== exceptId &&
          openAlertsOf(deps, incident).some((alert) => alert.subsystem === subsystem),
      )
  );
}

/** Detected or active. */
export function isOpen({ state }: Alert): boolean {
  return state === 'detected' || state === 'active';
}
