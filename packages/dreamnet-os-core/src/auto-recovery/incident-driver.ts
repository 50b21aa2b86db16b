import type { Alert, Incident, LivenessSignal, TimerHandle } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { titleWhileOpen } from '../incidents/incident-title.js';
import { isUnderWay, isWaiting } from '../remediation/remedy-states.js';
import { gatherIncidentFacts, isAfterLastIllness, waitingOf } from './incident-facts.js';
import { type IncidentStep, nextStep } from './next-step.js';
import { openAlertsOf, type RecoveryDeps } from './recovery-deps.js';
import { draftNextRemedy, draftSupervisorRestart } from './remedy-drafts.js';

/** What the driver hands back to whoever takes alerts in. */
export interface IncidentDriverHooks {
  /** A dependent that stays broken though its cause has recovered. */
  release(incident: Incident, alert: Alert): void;
  lastFault(subsystem: string): LivenessSignal | undefined;
}

/**
 * Moves open incidents on. It keeps no plan of its own: each time it looks at what is, and takes the one next step,
 * so it does not matter which event woke it or whether the program was started anew in between.
 */
export class IncidentDriver {
  private readonly due = new Set<string>();
  private readonly timers = new Map<string, TimerHandle>();
  private readonly forgotten = new Set<string>();
  private readonly managed = new Set<string>();
  private readonly closing = new Set<string>();
  private readonly settling = new Map<string, AbortController>();
  /** Held up because too much of the fleet is under recovery, in order of asking. */
  private readonly waitingForRoom = new Set<string>();
  private readonly offeredRoom = new Set<string>();
  private isStopped = false;

  constructor(
    private readonly deps: RecoveryDeps,
    private readonly hooks: IncidentDriverHooks,
  ) {}

  /** Looks at an incident soon; many calls in one turn are one look. */
  look(id: string): void {
    if (this.due.has(id) || this.isStopped) return;
    this.due.add(id);
    this.deps.inFlight.track(
      Promise.resolve().then(() => {
        this.due.delete(id);
        this.advance(id);
        if (this.offeredRoom.delete(id) && !this.waitingForRoom.has(id)) this.offerRoom();
      }),
    );
  }

  lookAtAll(): void {
    for (const incident of this.deps.incidents.openOnes()) this.look(incident.id);
  }

  /**
   * A remedy has ended and so there is room for another: whoever waits longest is asked, and whoever does not need
   * the room passes it on.
   */
  offerRoom(): void {
    const [next] = this.waitingForRoom;
    if (next === undefined) return;
    this.waitingForRoom.delete(next);
    this.offeredRoom.add(next);
    this.look(next);
  }

  /** It is not watched any more: what is done to it and its incident end, unless it is watched again in the same turn. */
  forget(subsystem: string): void {
    this.managed.delete(subsystem);
    this.forgotten.add(subsystem);
    this.deps.inFlight.track(Promise.resolve().then(() => this.giveUp(subsystem)));
    this.lookAtAll();
  }

  /** It is given into our care: from now on it may be remedied. */
  manage(subsystem: string): void {
    this.forgotten.delete(subsystem);
    if (this.managed.has(subsystem)) return;
    this.managed.add(subsystem);
    const incident = this.deps.incidents.openFor(subsystem);
    if (incident) this.look(incident.id);
  }

  start(): void {
    this.isStopped = false;
    this.lookAtAll();
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) this.deps.clock.clearTimeout(timer);
    this.timers.clear();
    for (const controller of this.settling.values()) controller.abort();
  }

  private stepOf(incident: Incident): IncidentStep {
    const { subsystem } = incident.cause;
    const care = { isForgotten: this.forgotten.has(subsystem), isManaged: this.managed.has(subsystem) };
    return nextStep(gatherIncidentFacts(this.deps, incident, care));
  }

  private advance(id: string): void {
    const incident = this.deps.incidents.get(id);
    if (incident?.state !== 'open' || this.isStopped) return;
    this.disarm(id);
    this.giveUp(incident.cause.subsystem);
    this.rename(incident);
    this.take(incident, this.stepOf(incident));
    this.deps.keeper.commitSoon();
  }

  private take(incident: Incident, step: IncidentStep): void {
    const subsystem = incident.cause.subsystem;
    switch (step.kind) {
      case 'wait':
        if (step.wakeAt !== undefined) this.wakeAt(incident.id, step.wakeAt);
        break;
      case 'settle':
        this.settle(incident.id, step.wakeAt);
        break;
      case 'note':
        this.deps.incidents.note(incident.id, { subsystem, summary: step.summary, evidence: step.evidence });
        break;
      case 'escalate':
        this.escalate(incident, step.because, step.evidence);
        break;
      case 'follow':
        this.follow(incident, step.recovery);
        break;
      case 'withdraw':
        this.withdraw(incident);
        break;
      case 'release':
        for (const alert of step.alerts) this.hooks.release(incident, alert);
        this.look(incident.id);
        break;
      case 'fix-gap':
        this.fixGap(incident, step.gap.id);
        break;
      case 'remedy':
        this.remedy(incident);
        break;
      case 'resolve':
        this.deps.inFlight.track(this.resolve(incident.id, step.because));
    }
  }

  /** It is called by what is open now. */
  private rename(incident: Incident): void {
    const isCauseWell = this.deps.health.read(incident.cause.subsystem)?.status === 'ok';
    const name = titleWhileOpen(incident, openAlertsOf(this.deps, incident), isCauseWell);
    if (name) this.deps.incidents.rename(incident.id, name);
  }

  private remedy(incident: Incident): void {
    const subsystem = incident.cause.subsystem;
    const { draft, choice } = draftNextRemedy(this.deps, this.targetOf(incident));
    if (!choice.plan) {
      this.escalate(incident, choice.reason, { skipped: choice.skipped });
      return;
    }
    const answer = this.deps.pipeline.start(draft);
    if (answer.ok) return;
    const { reason, guardrail, retryAt } = answer.refusal;
    const evidence = { guardrail, remedy: draft.description };
    // Repairs that do not last are no repairs: a person hears of it, though one more is tried when there is room for it.
    if ((guardrail === 'intensity' || guardrail === 'recurrence') && retryAt !== undefined) {
      this.escalate(incident, reason, { ...evidence, againAt: retryAt });
      this.look(incident.id);
      return;
    }
    this.deps.incidents.note(incident.id, { subsystem, summary: reason, evidence });
    if (guardrail === 'blast-radius') this.waitingForRoom.add(incident.id);
    if (retryAt !== undefined) this.wakeAt(incident.id, retryAt);
  }

  private follow(incident: Incident, recovery: { attempt: number; nextAttemptAt: number }): void {
    const target = this.targetOf(incident);
    const fault = this.hooks.lastFault(target.subsystem);
    const draft = draftSupervisorRestart(this.deps, target, { recovery, fault });
    this.deps.pipeline.follow(draft, recovery.nextAttemptAt);
  }

  private fixGap(incident: Incident, gapId: string): void {
    const result = this.deps.gaps.fixGap(gapId, incident.id);
    const subsystem = incident.cause.subsystem;
    if (result.state === 'failed' || result.state === 'no_fix')
      this.deps.incidents.note(incident.id, { subsystem, summary: result.description, evidence: { gapId } });
  }

  private escalate(incident: Incident, because: string, evidence: Record<string, unknown>): void {
    const summary = `a person is needed: ${because}`;
    const { subsystem } = incident.cause;
    this.deps.incidents.append(incident.id, { stage: 'escalated', subsystem, summary, evidence });
  }

  /** Before an incident is closed somebody must have seen that it is over. */
  private async resolve(id: string, because: string): Promise<void> {
    const { incidents, health, clock } = this.deps;
    const incident = incidents.get(id);
    if (!incident || this.closing.has(id)) return;
    this.closing.add(id);
    const subsystem = incident.cause.subsystem;
    const isSeen = isAfterLastIllness(incident, 'verified') || this.forgotten.has(subsystem);
    const answer = isSeen ? undefined : await health.probeNow(subsystem, { notBeforeMs: clock.monotonic() });
    this.closing.delete(id);
    const now = incidents.get(id);
    if (now?.state !== 'open' || this.stepOf(now).kind !== 'resolve') return this.look(id);
    if (answer && !answer.ok) return this.wakeAt(id, clock.now() + this.deps.policy.stableForMs);
    const evidence = {
      identity: health.subsystem(subsystem)?.identity?.() ?? null,
      axes: health.read(subsystem)?.axes,
    };
    if (!isSeen) {
      const summary = answer ? `it answers: ${answer.reason}` : 'its alerts are over';
      incidents.append(id, { stage: 'verified', subsystem, summary, evidence });
    }
    this.dropWaiting(now);
    this.settling.delete(id);
    incidents.resolve(id, { subsystem, summary: because, evidence });
    this.deps.keeper.commitSoon();
  }

  /** Who has become well by itself, or by somebody's hands, is not restarted by a word that comes late. */
  private withdraw(incident: Incident): void {
    for (const { id } of waitingOf(this.deps, incident)) this.deps.pipeline.withdraw(id);
    this.look(incident.id);
  }

  /** What is under way for who is not watched any more can neither be verified nor fail. */
  private giveUp(subsystem: string): void {
    if (this.isStopped || !this.forgotten.has(subsystem)) return;
    for (const remedy of this.deps.remedies.about(subsystem))
      if (isUnderWay(remedy.state)) this.deps.pipeline.giveUp(remedy.id, 'it is not watched any more');
  }

  private dropWaiting(incident: Incident): void {
    for (const remedy of this.deps.remedies.ofIncident(incident.id))
      if (isWaiting(remedy.state)) this.deps.pipeline.supersede(remedy.id, 'the incident is over');
  }

  private targetOf(incident: Incident) {
    const { subsystem } = incident.cause;
    const open = openAlertsOf(this.deps, incident);
    const finding = open.find((alert) => alert.subsystem === subsystem) ?? open[0];
    return { subsystem, incident, findingId: finding?.id ?? incident.alertIds[0] ?? incident.id };
  }

  /** What is over in a moment is worth waiting for: `settled()` does. */
  private settle(id: string, at: number): void {
    const { clock, inFlight } = this.deps;
    this.settling.get(id)?.abort();
    const controller = new AbortController();
    this.settling.set(id, controller);
    inFlight.track(
      sleep(clock, Math.max(1, at - clock.now()), controller.signal).then(() => {
        if (controller.signal.aborted) return;
        // An alert book without timers of its own lets happen what is due when it is asked.
        this.deps.alerts.active();
        this.look(id);
      }),
    );
  }

  private wakeAt(id: string, at: number): void {
    const { clock } = this.deps;
    this.disarm(id);
    this.timers.set(
      id,
      clock.setTimeout(() => this.look(id), Math.max(1, at - clock.now())),
    );
  }

  private disarm(id: string): void {
    const timer = this.timers.get(id);
    if (timer) this.deps.clock.clearTimeout(timer);
    this.timers.delete(id);
  }
}
