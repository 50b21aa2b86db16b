import type {
  AlertType,
  AxisHealth,
  Domain,
  LabelMatcher,
  LabelSet,
  Severity,
  SubsystemStatus,
} from '@dreamnet/contracts';
import type { Comparison } from './comparison.js';

/** What a rule looks at, and what of it is wrong. Times are ms. */
export type RuleTrigger =
  | { on: 'status'; is: readonly SubsystemStatus[] }
  | { on: 'axis'; axis: keyof AxisHealth; is: readonly string[] }
  /** A domain's score, 0..1. */
  | { on: 'score'; when: Comparison }
  /** The newest value of a metric; `*` in the name stands for any text, and a name without labels means every labelled one. */
  | { on: 'metric'; metric: string; when: Comparison }
  /** The newest anomaly score of a metric, 0..1. */
  | { on: 'anomaly'; metric: string; when: Comparison }
  /** A significant trend of a metric or, without one, a score; with `crossesWithinMs` only when it reaches its level in time. */
  | {
      on: 'trend';
      metric?: string;
      direction: 'rising' | 'falling';
      level?: number;
      crossesWithinMs?: number;
    }
  /** No value of the metric, or no sign of life at all, for so long. */
  | { on: 'absence'; metric?: string; afterMs: number };

/** Whom a rule is about; what is left out holds for all. */
export interface RuleSelector {
  /** Names; `*` stands for any text. */
  subsystems?: readonly string[];
  domain?: Domain;
  /** On `subsystem`, `domain`, `metric` and the metric's own labels. */
  matchers?: readonly LabelMatcher[];
}

/** A person's own alert rule. `name` is unique. */
export interface AlertRule {
  name: string;
  trigger: RuleTrigger;
  select?: RuleSelector;
  /** It must hold so long before the alert is active. Default 0. */
  forMs?: number;
  /** It must be over so long before the alert is resolved. Default from the alert book. */
  keepFiringForMs?: number;
  severity: Severity;
  /** Default: health for status, axis, score and absence, performance for the others. */
  type?: AlertType;
  labels?: LabelSet;
  /** `{{value}}`, `{{threshold}}`, `{{subsystem}}`, `{{domain}}`, `{{metric}}`, `{{severity}}`, `{{labels.NAME}}`. `summary` is the alert's message. */
  annotations?: LabelSet;
}

/** What one rule watches: a subsystem, or a domain under its name, and which metric of it. */
export interface RuleSubject {
  subsystem: string;
  /** Is it a domain, under its own name? */
  isDomain?: boolean;
  domain: Domain | undefined;
  /** As it was reported, labels and all. */
  metric: string | undefined;
  /** The labels within the metric's name. */
  labels: LabelSet;
}

const RESERVED_LABELS: readonly string[] = ['alertname', 'subsystem', 'severity', 'type', 'rule'];

/** May a rule set this label? Not those that say what the alert is. */
export function isRuleLabel(name: string): boolean {
  return !RESERVED_LABELS.includes(name);
}

/** The alert type of a rule that states none. */
export function typeOf(rule: AlertRule): AlertType {
  const isAboutValues = ['metric', 'anomaly', 'trend'].includes(rule.trigger.on);
  return rule.type ?? (isAboutValues ? 'performance' : 'health');
}
