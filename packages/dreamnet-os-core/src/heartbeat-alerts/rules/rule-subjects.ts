import type { LabelMatcher, LabelSet } from '@dreamnet/contracts';
import type { AlertRule, RuleSubject } from './alert-rule.js';
import { globTest } from './metric-name.js';

/** A rule made ready: its selector and metric pattern are compiled once. */
export interface CompiledRule {
  readonly rule: AlertRule;
  /** The same text for the same rule: after a reload its alerts go on. */
  readonly key: string;
  selects(subject: RuleSubject): boolean;
  /** Is the metric, by its whole name or by its name without labels, one of the rule's? */
  wantsMetric(metric: string, base: string): boolean;
}

/** Makes matchers ready: a test of labels that holds when all of them do. */
export type LabelTest = (matchers: readonly LabelMatcher[]) => (labels: LabelSet) => boolean;

/** Makes a rule ready. */
export function compileRule(rule: AlertRule, labelTest: LabelTest): CompiledRule {
  const { subsystems, domain, matchers = [] } = rule.select ?? {};
  const names = subsystems?.map(globTest);
  const metric = 'metric' in rule.trigger ? rule.trigger.metric : undefined;
  const hasLabels = matchers.length === 0 ? undefined : labelTest(matchers);
  const isMetric = globTest(metric ?? '*');
  return {
    rule,
    key: JSON.stringify(rule),
    selects: (subject) =>
      (names === undefined || names.some((test) => test(subject.subsystem))) &&
      (domain === undefined || subject.domain === domain) &&
      (hasLabels === undefined || hasLabels(labelsOf(subject))),
    wantsMetric: (name, base) => isMetric(name) || isMetric(base),
  };
}

/** What a rule's matchers can ask for. */
function labelsOf({ subsystem, domain, metric, labels }: RuleSubject): Record<string, string> {
  return {
    ...labels,
    subsystem,
    ...(domain === undefined ? {} : { domain }),
    ...(metric === undefined ? {} : { metric }),
  };
}

/** Names the alert of a rule about a subject. */
export function ruleFingerprint(rule: AlertRule, { subsystem, metric }: RuleSubject): string {
  return `${RULE_PREFIX}${rule.name}/${subsystem}${metric === undefined ? '' : `/${metric}`}`;
}

/** Fingerprints of alerts that people's own rules raise begin with this. */
export const RULE_PREFIX = 'rule/';
