import type { Alert, Clock, Incident } from '@dreamnet/contracts';
import type { AlertBook, HealthEngine } from '../boundary.js';
import type { IncidentBook } from '../incidents/incident-book.js';
import type { InFlight } from '../remediation/in-flight.js';
import type { Pipeline } from '../remediation/pipeline.js';
import type { RecordKeeper } from '../remediation/record-keeper.js';
import type { RemediationPolicy } from '../remediation/remediation-policy.js';
import type { RemedyBook } from '../remediation/remedy-book.js';
import type { GapDesk } from './gap-desk.js';

/** What every part of auto-recovery works on. */
export interface RecoveryDeps {
  clock: Clock;
  health: HealthEngine;
  alerts: AlertBook;
  incidents: IncidentBook;
  remedies: RemedyBook;
  pipeline: Pipeline;
  keeper: RecordKeeper;
  policy: RemediationPolicy;
  inFlight: InFlight;
  gaps: GapDesk;
}

/** The alerts of an incident that are not over. */
export function openAlertsOf({ alerts }: Pick<RecoveryDeps, 'alerts'>, incident: Incident): Alert[] {
  return incident.alertIds.flatMap((id) => alerts.get(id) ?? []).filter(isOpen);
}

/** The open incident a subsystem is part of, as its cause or as one that the cause broke. */
export function incidentOf(
  deps: Pick<RecoveryDeps, 'alerts' | 'incidents'>,
  subsystem: string,
): Incident | undefined {
  return (
    deps.incidents.openFor(subsystem) ??
    deps.incidents
      .openOnes()
      .find((incident) => openAlertsOf(deps, incident).some((alert) => alert.subsystem === subsystem))
  );
}

/** Detected or active. */
export function isOpen({ state }: Alert): boolean {
  return state === 'detected' || state === 'active';
}
