import type {
  Alert,
  Clock,
  FixResult,
  IntegrationGap,
  PublishEvent,
  RecoveryAction,
  RecoveryActionType,
  TimerHandle,
} from '@dreamnet/contracts';
import { withDeadline } from '@dreamnet/kit';
import type { GapDesk } from '../auto-recovery/gap-desk.js';
import type { AlertBook, HealthEngine } from '../boundary.js';
import type { InFlight } from '../remediation/in-flight.js';
import type { Pipeline } from '../remediation/pipeline.js';
import type { RemediationPolicy } from '../remediation/remediation-policy.js';
import type { RemedyBook, RemedyDraft } from '../remediation/remedy-book.js';
import type { FindingCondition } from '../remediation/verification.js';
import { createGapBook, type GapBook } from './gap-book.js';
import { askDeclared, detectGaps } from './gap-detection.js';
import { GAP_PREFIX } from './gap-finding.js';
import { createKnownAnswers, type KnownAnswers } from './known-answers.js';

export interface AutoIntegrationOptions {
  clock: Clock;
  publish: PublishEvent;
  health: HealthEngine;
  alerts: AlertBook;
  remedies: RemedyBook;
  policy: RemediationPolicy;
  inFlight: InFlight;
  /** Between two detections after `start()`. Default 5 000 ms. */
  everyMs?: number;
}

/** Finds what is declared and not wired up, and wires it up. */
export interface AutoIntegration extends GapDesk {
  /** Detects now. Late answers are taken in when they come: `settled()` waits for them. */
  detect(): void;
  gaps(): readonly IntegrationGap[];
  /** Fixes what can be fixed by itself, of the given subsystems. */
  autoFix(names: readonly string[]): FixResult[];
  /** The pipeline is made after the gaps, because it asks them whether a fix has worked. */
  connect(pipeline: Pipeline): void;
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

const REMEDY_TYPES: Readonly<Record<NonNullable<IntegrationGap['fix']>['power'], RecoveryActionType>> = {
  connect: 'dependency_resolution',
  resync: 'dependency_resolution',
  configure: 'configuration_fix',
  restart: 'service_restart',
};

/** Makes auto-integration over the watched subsystems. */
export function createAutoIntegration(options: AutoIntegrationOptions): AutoIntegration {
  return new Integration(options);
}

class Integration implements AutoIntegration {
  private readonly book: GapBook;
  private readonly answers: KnownAnswers;
  private pipeline: Pipeline | undefined;
  private timer: TimerHandle | undefined;

  constructor(private readonly options: AutoIntegrationOptions) {
    this.book = createGapBook(options);
    this.answers = createKnownAnswers(() => this.compare());
  }

  connect(pipeline: Pipeline): void {
    this.pipeline = pipeline;
    pipeline.onFinished((remedy) => {
      // What a person turned down, or nobody approved, is not asked for again and again.
      if (remedy.state !== 'succeeded') this.book.setState(remedy.findingId, 'fix_failed');
    });
  }

  detect(): void {
    askDeclared(this.options.health, this.answers);
    this.compare();
  }

  gaps(): readonly IntegrationGap[] {
    return this.book.list();
  }

  autoFix(names: readonly string[]): FixResult[] {
    this.detect();
    return this.book
      .list()
      .filter((gap) => names.includes(gap.subsystem))
      .map((gap) => this.fix(gap));
  }

  fixGap(gapId: string, incidentId: string): FixResult {
    const gap = this.book.get(gapId);
    return gap
      ? this.fix(gap, incidentId)
      : { gapId, state: 'fixed', description: 'the gap is not there any more' };
  }

  gapOf(alert: Alert): IntegrationGap | undefined {
    return this.book.byAlert(alert.fingerprint);
  }

  missingConnection(subsystem: string): string | undefined {
    const gap = this.book
      .list()
      .find((open) => open.subsystem === subsystem && open.fix?.power === 'connect');
    return typeof gap?.fix?.argument === 'string' ? gap.fix.argument : undefined;
  }

  conditionOf(remedy: RecoveryAction): FindingCondition | undefined {
    if (!remedy.findingId.startsWith(GAP_PREFIX)) return undefined;
    return {
      canFail: true,
      read: async () => {
        const hasAnswered = await this.detectFresh();
        const gap = this.book.get(remedy.findingId);
        return {
          isGone: hasAnswered && gap === undefined,
          evidence: { gapId: remedy.findingId, observed: gap?.observed ?? null, hasAnswered },
        };
      },
    };
  }

  async settled(): Promise<void> {
    await this.answers.settled();
  }

  start(): void {
    if (this.timer) return;
    const arm = (): void => {
      this.timer = this.options.clock.setTimeout(() => {
        this.detect();
        arm();
      }, this.options.everyMs ?? 5_000);
    };
    arm();
  }

  stop(): void {
    if (this.timer) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private compare(): void {
    this.book.reconcile(detectGaps(this.options.health, this.answers));
  }

  /** @returns False when somebody who was asked has not answered in time. */
  private detectFresh(): Promise<boolean> {
    const { clock, policy } = this.options;
    const ask = async (): Promise<boolean> => {
      // A question still open was put before the fix: its answer is waited for, then it is put again.
      await this.answers.settled();
      this.detect();
      await this.answers.settled();
      return true;
    };
    return withDeadline(clock, policy.deadlineMs, ask, () => false);
  }

  private fix(gap: IntegrationGap, incidentId?: string): FixResult {
    const known = this.options.remedies.unfinished().find((remedy) => remedy.findingId === gap.id);
    if (known) return toResult(gap, known);
    if (!gap.fix || !this.pipeline) {
      const description = gap.remedyHint ?? `nothing here can fix it: ${gap.description}`;
      return { gapId: gap.id, state: 'no_fix', description };
    }
    const within = { policy: this.options.policy, incidentId: incidentId ?? this.incidentOf(gap) };
    const answer = this.pipeline.start(draftFix(gap, gap.fix, within));
    if (!answer.ok)
      return { gapId: gap.id, state: 'failed', description: `not now: ${answer.refusal.reason}` };
    this.book.setState(gap.id, 'fixing');
    return toResult(gap, answer.remedy);
  }

  private incidentOf(gap: IntegrationGap): string | undefined {
    return this.options.alerts.open().find((alert) => alert.evidence.gapId === gap.id)?.incidentId;
  }
}

function draftFix(
  gap: IntegrationGap,
  fix: NonNullable<IntegrationGap['fix']>,
  within: { policy: RemediationPolicy; incidentId: string | undefined },
): RemedyDraft {
  const { power, argument } = fix;
  const { policy, incidentId } = within;
  return {
    type: REMEDY_TYPES[power],
    subsystem: gap.subsystem,
    description: fix.description,
    risk: 'low',
    executor: 'pipeline',
    effect: argument === undefined ? { power } : { power, argument },
    findingId: gap.id,
    ...(incidentId === undefined ? {} : { incidentId }),
    rung: 0,
    reason: gap.description,
    evidence: { expected: gap.expected, observed: gap.observed },
    // The gap itself is the check: it is detected again, by asking afresh.
    verification: { roundTrip: false, stableForMs: policy.stableForMs, deadlineMs: policy.deadlineMs },
  };
}

function toResult(gap: IntegrationGap, remedy: RecoveryAction): FixResult {
  const isWaiting = remedy.state === 'needs_approval' || remedy.state === 'proposed';
  return {
    gapId: gap.id,
    state: isWaiting ? 'needs_approval' : 'started',
    description: remedy.description,
    remedyId: remedy.id,
  };
}
