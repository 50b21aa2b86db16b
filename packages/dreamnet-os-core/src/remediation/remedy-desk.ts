import type {
  Clock,
  Evidence,
  IncidentStage,
  RecoveryAction,
  Severity,
  VerificationCheck,
} from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import type { HealthEngine } from '../boundary.js';
import type { IncidentBook } from '../incidents/incident-book.js';
import type { InFlight } from './in-flight.js';
import type { RecordKeeper } from './record-keeper.js';
import type { RemediationPolicy } from './remediation-policy.js';
import type { RemedyBook } from './remedy-book.js';
import type { FindingCondition } from './verification.js';

/** What the pipeline asks about the finding behind a remedy. */
export interface FindingFacts {
  severity: Severity;
  causedBy: string | undefined;
  isRestartedBySupervisor: boolean;
}

export interface PipelineDeps {
  clock: Clock;
  health: HealthEngine;
  remedies: RemedyBook;
  incidents: IncidentBook;
  keeper: RecordKeeper;
  policy: RemediationPolicy;
  inFlight: InFlight;
  findingFacts(remedy: RecoveryAction): FindingFacts;
  condition(remedy: RecoveryAction): FindingCondition;
  /** Why nothing needs to be done any more, from what is known now without asking anybody; undefined while it does. */
  overBecause(remedy: RecoveryAction): string | undefined;
  /** The same of the gap that a fix is for, looked for anew; undefined for every other remedy, and when the gap is there. */
  lookAgain(remedy: RecoveryAction): string | undefined | Promise<string | undefined>;
}

/** Where every stage of the pipeline writes down what it did: timeline, store, listeners. */
export interface RemedyDesk {
  /** Adds to the incident's timeline, when the remedy belongs to one. */
  tell(remedy: RecoveryAction, entry: RemedyNews): void;
  /** Ends it as failed; the incident then looks for the next rung. */
  fail(id: string, outcome: string, checks?: VerificationCheck[]): void;
  /**
   * Ends one that nobody needs any more, for what it was for is over.
   *
   * @param over Why, in words.
   * @returns What is told to whoever would have it carried out.
   */
  withdraw(remedy: RecoveryAction, over: string): string;
  /** Stores the end and tells the listeners. */
  finish(remedy: RecoveryAction): void;
  onFinished(listener: (remedy: RecoveryAction) => void): void;
}

/** One entry of the incident's timeline. */
interface RemedyNews {
  stage: IncidentStage;
  summary: string;
  evidence?: Evidence;
}

/** Makes the desk of one pipeline. */
export function createRemedyDesk({ incidents, remedies, keeper }: PipelineDeps): RemedyDesk {
  const listeners: ((remedy: RecoveryAction) => void)[] = [];
  const tell: RemedyDesk['tell'] = ({ id, incidentId, subsystem }, { evidence, ...entry }) => {
    if (incidentId !== undefined)
      incidents.append(incidentId, { ...entry, subsystem, evidence: { remedyId: id, ...evidence } });
  };
  const finish = (remedy: RecoveryAction): void => {
    keeper.commitSoon();
    for (const listener of listeners) listener(remedy);
  };
  return {
    tell,
    finish,
    fail: (id, outcome, checks = []) => {
      const step = remedies.step(id, 'failed', { outcome, checks });
      if (!step.ok) return;
      tell(step.remedy, {
        stage: 'verification_failed',
        summary: `${step.remedy.description}: ${outcome}`,
        evidence: { checks },
      });
      finish(step.remedy);
    },
    withdraw: (remedy, over) => {
      const outcome = `it is over: ${over}`;
      const step = remedies.step(remedy.id, 'supersede', { outcome });
      if (!step.ok) return step.because;
      tell(remedy, { stage: 'note', summary: `${remedy.description} is not needed any more: ${over}` });
      finish(step.remedy);
      return outcome;
    },
    onFinished: (listener) => {
      listeners.push(listener);
    },
  };
}

/** The audit entry of one step of a remedy. */
export function auditRemedy(remedy: RecoveryAction, actor: string, verb: string): AuditDraft {
  const { id, subsystem, type, effect } = remedy;
  return {
    actor,
    action: `remedy.${verb}`,
    target: id,
    details: { subsystem, type, effect: effect ?? null },
  };
}
