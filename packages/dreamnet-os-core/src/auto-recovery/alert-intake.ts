import type { Alert, Incident, LivenessSignal } from '@dreamnet/contracts';
import { createTurnstile } from '@dreamnet/kit';
import { isUnderWay } from '../remediation/remedy-states.js';
import { dependencyClosure, requiredDependencies, whoNeeds } from './dependency-graph.js';
import { type ExaminationDeps, examine } from './examination.js';
import type { IncidentDriver } from './incident-driver.js';
import { recoveryThatExplains } from './past-recovery.js';
import { incidentOf, isOpen, openAlertsOf, type RecoveryDeps } from './recovery-deps.js';
import type { RootCause } from './root-cause.js';

/** So many examinations at once hold nobody up, and come to their end in the order in which they were begun. */
const FEW_ANALYSES = 16;

/** Alerts and faults in, incidents out: every alert of a watched subsystem ends up in exactly one open incident. */
export class AlertIntake {
  private readonly faults = new Map<string, LivenessSignal>();
  private readonly analyses = new Map<string, Promise<unknown>>();
  /** Open incidents whose cause depends on somebody; found when they are first asked for. */
  private needy: Set<string> | undefined;

  private readonly turn: () => Promise<void>;

  constructor(
    private readonly deps: RecoveryDeps,
    private readonly driver: IncidentDriver,
  ) {
    const pass = createTurnstile(deps.clock);
    this.turn = async () => {
      if (this.analyses.size > FEW_ANALYSES) await pass();
    };
  }

  /** Call before the health engine hears of the signal, so that the alert it raises finds its fault. */
  takeSignal(signal: LivenessSignal): void {
    const { subsystem, state } = signal;
    const incident = incidentOf(this.deps, subsystem);
    if (state !== 'dead' && state !== 'suspended') {
      if (incident) this.driver.look(incident.id);
      return;
    }
    if (this.isKnown(signal)) return;
    this.faults.set(subsystem, signal);
    if (!incident) return;
    this.tellFault(incident, signal);
    if (state === 'dead') this.abandonVerifications(subsystem, signal);
    this.driver.look(incident.id);
  }

  lastFault(subsystem: string): LivenessSignal | undefined {
    return this.faults.get(subsystem);
  }

  /**
   * Puts an active alert into its incident, after the root cause is known.
   * Resolves when it is decided whether something else explains the alert.
   */
  async takeAlert(alert: Alert): Promise<void> {
    const { subsystem, about } = alert;
    if (about !== undefined || !this.deps.health.subsystem(subsystem)) return;
    const known = incidentOf(this.deps, subsystem);
    if (known) return this.join(known, alert);
    const running = this.analyses.get(subsystem);
    if (running) {
      await running;
      return this.takeAlert(alert);
    }
    const analysis = this.analyse(alert);
    this.analyses.set(subsystem, analysis);
    try {
      await analysis;
    } finally {
      this.analyses.delete(subsystem);
    }
  }

  /** A dependent that stays broken though its cause has recovered, or is watched no more, is handled in its own right. */
  release(incident: Incident, alert: Alert): void {
    const { alerts, incidents, health } = this.deps;
    const cause = incident.cause.subsystem;
    const isThere = health.subsystem(cause) !== undefined;
    const why = isThere ? `'${cause}' has recovered` : `'${cause}' is not watched any more`;
    incidents.detach(incident.id, alert.id);
    incidents.append(incident.id, {
      stage: 'note',
      subsystem: alert.subsystem,
      summary: `'${alert.subsystem}' is still broken though ${why}: handled in its own right`,
    });
    alerts.setCause(alert.id, undefined);
    // Others of its alerts may yet be in the one it leaves: to join that again would go on for ever.
    const own = incidentOf(this.deps, alert.subsystem, incident.id);
    if (own) {
      this.join(own, alert);
      return;
    }
    this.openIncident(alert, {
      subsystem: alert.subsystem,
      reason: health.read(alert.subsystem)?.reason ?? alert.message,
      decidedBy: `it stayed broken though ${why}`,
      candidates: [alert.subsystem, cause],
    });
  }

  private async analyse(alert: Alert): Promise<void> {
    const root =
      alert.type === 'integration' ? undefined : await examine(this.examination(alert), alert.subsystem);
    const known = incidentOf(this.deps, alert.subsystem);
    if (known) return this.join(known, alert);
    const cause = root?.cause.name ?? alert.subsystem;
    const existing = this.deps.incidents.openFor(cause);
    if (existing) return this.join(existing, alert, root);
    this.openIncident(alert, causeOf(alert, root), root);
  }

  private openIncident(alert: Alert, cause: Incident['cause'], root?: RootCause): void {
    const { incidents } = this.deps;
    const isOwn = cause.subsystem === alert.subsystem;
    const title = isOwn ? alert.message : `${cause.subsystem}: ${cause.reason}`;
    const fault = this.faults.get(cause.subsystem);
    const isFresh = fault !== undefined && isRecentFor(fault, alert);
    const incident = incidents.open({ title, cause, at: isFresh ? fault.at : alert.detectedAt });
    if (needsAnybody(this.deps.health, cause.subsystem)) this.needy?.add(incident.id);
    if (isFresh) this.tellFault(incident, fault);
    this.join(incident, alert, root);
    incidents.append(incident.id, {
      stage: 'analysed',
      subsystem: cause.subsystem,
      summary: `'${cause.subsystem}' is the cause: ${cause.decidedBy}`,
      evidence: { decidedBy: cause.decidedBy, candidates: root?.candidates ?? cause.candidates },
    });
    this.takeOver(incident);
  }

  private join(incident: Incident, alert: Alert, root?: RootCause): void {
    const { alerts, incidents } = this.deps;
    const cause = incident.cause.subsystem;
    if (!incident.alertIds.includes(alert.id)) {
      incidents.attach(incident.id, alert.id, alert.subsystem);
      const { subsystem, message, severity, type } = alert;
      const evidence = { ...alert.evidence, alertId: alert.id, severity, type };
      incidents.append(incident.id, {
        stage: 'detected',
        subsystem,
        summary: message,
        evidence,
        at: alert.detectedAt,
      });
    }
    alerts.setIncident(alert.id, incident.id);
    if (alert.subsystem !== cause && alerts.get(alert.id)?.causedBy !== cause) {
      alerts.setCause(alert.id, cause);
      if (root && root.candidates.length > incident.cause.candidates.length)
        incidents.explain(incident.id, { decidedBy: root.decidedBy, candidates: namesOf(root) });
      const summary = `explained by '${cause}'${root ? `: ${root.decidedBy}` : ''}; nothing is done to it`;
      incidents.append(incident.id, { stage: 'note', subsystem: alert.subsystem, summary });
    }
    this.deps.keeper.commitSoon();
    this.driver.look(incident.id);
  }

  /** Open incidents of subsystems that depend on the new cause are explained by it, unless they are being remedied. */
  private takeOver(incident: Incident): void {
    const cause = incident.cause.subsystem;
    const others = this.dependents().filter(({ id }) => id !== incident.id);
    const dependents = this.dependentsOf(cause, others);
    for (const other of others) {
      const dependent = other.cause.subsystem;
      if (!dependents.has(dependent)) continue;
      const remedies = this.deps.remedies.ofIncident(other.id);
      if (remedies.some(({ state }) => isUnderWay(state))) continue;
      for (const { id } of remedies) this.deps.pipeline.supersede(id, `explained by '${cause}'`);
      for (const alert of openAlertsOf(this.deps, other)) this.join(incident, alert);
      this.deps.incidents.resolve(other.id, {
        subsystem: dependent,
        summary: `explained by '${cause}': it goes on in ${incident.id}`,
        evidence: { incidentId: incident.id },
      });
    }
  }

  /** The open incidents of those that need anybody: a fleet that fails at once must not be compared each with each. */
  private dependents(): Incident[] {
    const { health, incidents } = this.deps;
    this.needy ??= new Set(
      incidents.openOnes().flatMap(({ id, cause }) => (needsAnybody(health, cause.subsystem) ? id : [])),
    );
    const open: Incident[] = [];
    for (const id of this.needy) {
      const incident = incidents.get(id);
      if (incident?.state === 'open') open.push(incident);
      else this.needy.delete(id);
    }
    return open;
  }

  /** In a cycle each needs the other; then nothing is taken over. */
  private dependentsOf(cause: string, incidents: readonly Incident[]): ReadonlySet<string> {
    const { health } = this.deps;
    if (incidents.length === 0) return new Set();
    const needed = new Set(dependencyClosure(health, cause));
    const others = incidents.map((incident) => incident.cause.subsystem).filter((name) => !needed.has(name));
    return whoNeeds(health, others, cause);
  }

  private tellFault(incident: Incident, signal: LivenessSignal): void {
    const { subsystem, reason, at, identity, recovery } = signal;
    const evidence = { state: signal.state, identity: identity ?? null, recovery: recovery ?? null };
    const stage = this.isOurDoing(signal) ? 'note' : 'fault';
    const summary = stage === 'note' ? `the old process ended: ${reason}` : reason;
    this.deps.incidents.append(incident.id, {
      stage,
      subsystem,
      summary,
      at,
      evidence: { ...evidence, ...signal.evidence },
    });
    this.deps.keeper.commitSoon();
  }

  /** Our own restart ends the old process: that is no new fault. */
  private isOurDoing({ subsystem, state, identity }: LivenessSignal): boolean {
    if (state !== 'dead') return false;
    return this.deps.remedies.about(subsystem).some((remedy) => {
      if (remedy.executor !== 'pipeline') return false;
      if (remedy.effect?.power !== 'restart') return false;
      const isOld = identity === undefined || identity === remedy.verification.newIdentity?.not;
      return remedy.state === 'executing' || (remedy.state === 'verifying' && isOld);
    });
  }

  private abandonVerifications(subsystem: string, signal: LivenessSignal): void {
    if (this.isOurDoing(signal)) return;
    for (const remedy of this.deps.remedies.about(subsystem))
      if (remedy.state === 'verifying')
        this.deps.pipeline.abandon(remedy.id, `it exited again before it was verified: ${signal.reason}`);
  }

  /** The same observation twice, e.g. by the supervisor and by a closed connection. */
  private isKnown(signal: LivenessSignal): boolean {
    const last = this.faults.get(signal.subsystem);
    return last?.at === signal.at && last.state === signal.state && last.identity === signal.identity;
  }

  private examination(alert: Alert): ExaminationDeps {
    const { clock, health, policy } = this.deps;
    const recoveryOf = recoveryThatExplains(this.deps, alert);
    return { clock, health, recoveryOf, limitMs: policy.analysisMs, turn: this.turn };
  }

  /** Alerts that became active while nobody was there to take them in. */
  orphans(): Alert[] {
    const { alerts, incidents } = this.deps;
    return alerts
      .active()
      .filter((alert) => isOpen(alert) && incidents.get(alert.incidentId ?? '')?.state !== 'open');
  }
}

/** A fault may be noticed by several; the alert it leads to is detected at most this much later. */
const FAULT_LEADS_BY_MS = 5_000;

function isRecentFor(fault: LivenessSignal, alert: Alert): boolean {
  return fault.at <= alert.detectedAt && alert.detectedAt - fault.at <= FAULT_LEADS_BY_MS;
}

function causeOf(alert: Alert, root: RootCause | undefined): Incident['cause'] {
  return {
    subsystem: root?.cause.name ?? alert.subsystem,
    reason: root?.cause.reason ?? alert.message,
    decidedBy: root?.decidedBy ?? 'the finding is about its own wiring',
    candidates: root ? namesOf(root) : [alert.subsystem],
  };
}

function namesOf(root: RootCause): string[] {
  return root.candidates.map(({ name }) => name);
}

function needsAnybody(health: RecoveryDeps['health'], name: string): boolean {
  return requiredDependencies(health, name).length > 0;
}
