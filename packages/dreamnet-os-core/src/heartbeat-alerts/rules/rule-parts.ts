import type { Clock, Domain, MetricAnomaly, Trend } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import type { AlertBook, HealthEngine } from '../../boundary.js';
import type { HeardBook } from '../../os-store/heard-book.js';
import type { AlertRule, RuleSubject } from './alert-rule.js';
import type { RuleCase, RuleCases } from './rule-cases.js';
import type { RuleJudge } from './rule-judge.js';
import type { CompiledRule, LabelTest } from './rule-subjects.js';
import type { SampleIndex } from './sample-index.js';

/** Which trends a rule needs: of metrics, or else of scores. */
export interface WantedTrends {
  /** Stands for the rule: the same object each time. */
  owner: object;
  of: 'metrics' | 'scores';
  isWanted(name: { subject: string; metric?: string }): boolean;
  level?: number;
}

/** A trend as a rule is given it. */
export interface RuleTrend extends Trend {
  /** Of a metric: the time of its newest value, epoch ms. Scores and statuses are always known. */
  lastAt?: number;
}

export interface RuleBookOptions {
  clock: Clock;
  engine: Pick<
    HealthEngine,
    | 'names'
    | 'read'
    | 'subsystem'
    | 'manifest'
    | 'scores'
    | 'explain'
    | 'silentForMs'
    | 'freshSamples'
    | 'onChange'
    | 'onSample'
  >;
  book: Pick<AlertBook, 'raise' | 'clear' | 'open'>;
  labelTest: LabelTest;
  /** Trends of what is wanted, and when they cross the level; asked only for rules that need them. */
  trends?: (wanted: WantedTrends) => readonly RuleTrend[];
  /** What earlier lives heard last; without it silence counts from the start on. */
  heard?: Pick<HeardBook, 'take' | 'leftOf' | 'forget' | 'addSource'> | undefined;
  /** Will a subsystem of this name, or one of this domain, be watched soon? Its alerts wait for that. Default: none will. */
  isAwaited?: ((nameOrDomain: string) => boolean) | undefined;
  /** Hears every anomaly score; returns the unsubscribe. */
  onAnomaly?: (listener: (anomaly: MetricAnomaly) => void) => () => void;
}

/** What the parts of a rule book share. */
export interface Parts extends RuleBookOptions {
  cases: RuleCases;
  judge: RuleJudge;
  rules: readonly CompiledRule[];
  /** Monotonic ms of the last start. */
  startedMs: number;
  metrics: SampleIndex;
  anomalies: SampleIndex;
  /** Cases of rules on health by subsystem, found once. */
  health: Map<string, readonly RuleCase[]>;
  has: ReadonlySet<AlertRule['trigger']['on']>;
}

/** The cases of rules of these kinds for the subject. */
export function casesOn(
  { rules, cases }: Parts,
  kinds: readonly AlertRule['trigger']['on'][],
  subject: RuleSubject,
): RuleCase[] {
  return rules
    .filter((compiled) => kinds.includes(compiled.rule.trigger.on) && compiled.selects(subject))
    .flatMap((compiled) => cases.of(compiled, subject) ?? []);
}

/** A subsystem as rules select it; a domain under its own name where no subsystem has it. */
export function subjectOf({ engine }: Parts, name: string): RuleSubject {
  if (Object.hasOwn(DOMAIN_FACTORS, name) && engine.read(name) === undefined)
    return domainSubject(name as Domain);
  return { subsystem: name, domain: engine.read(name)?.domain, metric: undefined, labels: {} };
}

/** A domain as rules on scores select it. */
export function domainSubject(domain: Domain): RuleSubject {
  return { subsystem: domain, isDomain: true, domain, metric: undefined, labels: {} };
}
