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
import { createGapDetection, type GapDetection } from './gap-detection.js';
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
  /**
   * Looks at these subsystems now, and at all that came, changed or went since the last time. Late answers are taken in when
   * they come: `settled()` waits for them.
   */
  detect(names: Iterable<string>): void;
  /** The same, and asks everybody who has functions to ask. */
  detectAll(names: Iterable<string>): void;
  gaps(): readonly IntegrationGap[];
  /** Fixes what can be fixed by itself, of the given subsystems. */
  autoFix(names: readonly string[]): FixResult[];
  /** The pipeline is made after the gaps, because it asks them whether a fix has worked. */
  connect(pipeline: Pipeline): void;
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

/** Why a fix is not needed any more. */
const GONE = 'the gap is gone';

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
  private readonly detection: GapDetection;
  private pipeline: Pipeline | undefined;
  private timer: TimerHandle | undefined;
  private looking: Promise<void> | undefined;

  constructor(private readonly options: AutoIntegrationOptions) {
    this.book = createGapBook(options);
    this.answers = createKnownAnswers((name) => this.detection.compare(name));
    const { clock, health } = options;
    this.detection = createGapDetection({ clock, health, answers: this.answers, book: this.book });
    for (const name of health.names()) this.detection.changed(name);
    health.onRegistered((name) => this.detection.changed(name));
  }

  connect(pipeline: Pipeline): void {
    this.pipeline = pipeline;
    pipeline.onFinished((remedy) => {
      // What a person turned down, or nobody approved, is not asked for again and again.
      if (remedy.state !== 'succeeded') this.book.setState(remedy.findingId, 'fix_failed');
    });
  }

  detect(names: Iterable<string>): void {
    this.detection.detect(names);
  }

  detectAll(names: Iterable<string>): void {
    this.detection.detectAll(names);
  }

  gaps(): readonly IntegrationGap[] {
    return this.book.list();
  }

  autoFix(names: readonly string[]): FixResult[] {
    const meant = new Set(names);
    this.detect(meant);
    return this.book
      .list()
      .filter((gap) => meant.has(gap.subsystem))
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
        const hasAnswered = await this.detectFresh(remedy.subsystem);
        const gap = this.book.get(remedy.findingId);
        return {
          isGone: hasAnswered && gap === undefined,
          evidence: { gapId: remedy.findingId, observed: gap?.observed ?? null, hasAnswered },
        };
      },
    };
  }

  lookAgain(remedy: RecoveryAction): string | undefined | Promise<string | undefined> {
    const { subsystem: name, findingId } = remedy;
    if (!findingId.startsWith(GAP_PREFIX) || !this.options.health.subsystem(name)) return undefined;
    this.detect([name]);
    if (!this.answers.isOpen(name)) return this.book.get(findingId) ? undefined : GONE;
    const asked = Promise.resolve(this.conditionOf(remedy)?.read());
    return asked.then((reading) => (reading?.isGone ? GONE : undefined));
  }

  async settled(): Promise<void> {
    await this.looking;
    await this.answers.settled();
  }

  start(): void {
    if (this.timer) return;
    const { clock, everyMs = 5_000 } = this.options;
    const arm = (): void => {
      this.timer = clock.setTimeout(() => {
        arm();
        // Were it not done by then, the next look is the one that counts.
        this.looking ??= this.detection.detectInTurns().finally(() => {
          this.looking = undefined;
        });
      }, everyMs);
    };
    arm();
  }

  stop(): void {
    if (this.timer) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** @returns False when the subsystem was asked and has not answered in time. */
  private detectFresh(name: string): Promise<boolean> {
    const { clock, policy } = this.options;
    const ask = async (): Promise<boolean> => {
      // A question still open was put before the fix: its answer is waited for, then it is put again.
      await this.answers.settled(name);
      this.detect([name]);
      await this.answers.settled(name);
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
