import type { LabelSet } from '@dreamnet/contracts';
import type { AlertCondition } from '../../boundary.js';
import { type AlertRule, type RuleSubject, type RuleTrigger, typeOf } from './alert-rule.js';
import { comparisonWords } from './comparison.js';
import { fillPlaceholders, showNumber } from './placeholders.js';
import { ruleFingerprint } from './rule-subjects.js';

/** What a rule found: a number, or the word of a status, axis or trend; `why` in words where there is a reason. */
export interface RuleFinding {
  value: number | string;
  why?: string;
}

/** An anomaly is told once, with the value that is odd; its alert stays long enough to be looked at. */
const ANOMALY_KEEP_MS = 300_000;

/** The alert that a rule calls for; pure. */
export function ruleAlert(rule: AlertRule, subject: RuleSubject, finding: RuleFinding): AlertCondition {
  const { subsystem, domain, metric } = subject;
  const labels: LabelSet = {
    ...subject.labels,
    ...(domain === undefined ? {} : { domain }),
    ...(metric === undefined ? {} : { metric }),
    ...rule.labels,
    rule: rule.name,
  };
  const value = typeof finding.value === 'number' ? showNumber(finding.value) : finding.value;
  const { trigger } = rule;
  const values = {
    labels,
    value,
    subsystem,
    severity: rule.severity,
    ...(domain === undefined ? {} : { domain }),
    ...(metric === undefined ? {} : { metric }),
    ...('when' in trigger ? { threshold: showNumber(trigger.when.threshold) } : {}),
  };
  const annotations = Object.fromEntries(
    Object.entries(rule.annotations ?? {}).map(([name, text]) => [name, fillPlaceholders(text, values)]),
  );
  return {
    fingerprint: ruleFingerprint(rule, subject),
    type: typeOf(rule),
    severity: rule.severity,
    subsystem,
    ...(subject.isDomain && { about: 'domain' as const }),
    message:
      annotations.summary || `${subsystem}: ${findingWords(trigger, metric ?? '', { ...finding, value })}`,
    labels,
    annotations,
    evidence: {
      rule: rule.name,
      condition: triggerWords(trigger),
      value: finding.value,
      ...(finding.why === undefined ? {} : { why: finding.why }),
    },
    forMs: rule.forMs ?? 0,
    ...keepFiring(rule),
  };
}

function keepFiring({ trigger, keepFiringForMs }: AlertRule): Pick<AlertCondition, 'keepFiringForMs'> {
  const keepMs = keepFiringForMs ?? (trigger.on === 'anomaly' ? ANOMALY_KEEP_MS : undefined);
  return keepMs === undefined ? {} : { keepFiringForMs: keepMs };
}

function findingWords(
  trigger: RuleTrigger,
  metric: string,
  finding: { value: string; why?: string },
): string {
  const { value } = finding;
  switch (trigger.on) {
    case 'status':
      return `it is ${value}: ${finding.why ?? ''}`;
    case 'axis':
      return `${trigger.axis} is ${value}: ${finding.why ?? ''}`;
    case 'score':
      return `the score is ${value}, ${comparisonWords(trigger.when)}`;
    case 'metric':
      return `${metric} is ${value}, ${comparisonWords(trigger.when)}`;
    case 'anomaly':
      return `${metric} is unusual, ${finding.why ?? ''} (anomaly score ${value}, ${comparisonWords(trigger.when)})`;
    case 'trend':
      return `${metric || 'the score'} is ${trigger.direction}, ${value} an hour${finding.why === undefined ? '' : `, ${finding.why}`}`;
    case 'absence':
      return `${trigger.metric === undefined ? 'no sign of life' : `no value of ${metric}`} for ${value}`;
  }
}

/** The condition of a rule in words, as lists of rules show it. */
export function triggerWords(trigger: RuleTrigger): string {
  switch (trigger.on) {
    case 'status':
      return `status is ${trigger.is.join(' or ')}`;
    case 'axis':
      return `${trigger.axis} is ${trigger.is.join(' or ')}`;
    case 'score':
      return `the domain's score is ${comparisonWords(trigger.when)}`;
    case 'metric':
      return `${trigger.metric} is ${comparisonWords(trigger.when)}`;
    case 'anomaly':
      return `the anomaly score of ${trigger.metric} is ${comparisonWords(trigger.when)}`;
    case 'trend': {
      const within =
        trigger.crossesWithinMs === undefined
          ? ''
          : ` and crosses ${trigger.level ?? 'its level'} within ${showMs(trigger.crossesWithinMs)}`;
      return `${trigger.metric ?? 'the score'} is ${trigger.direction} significantly${within}`;
    }
    case 'absence':
      return `${trigger.metric === undefined ? 'no sign of life' : `no value of ${trigger.metric}`} for ${showMs(trigger.afterMs)}`;
  }
}

/** A time as people write it: `90s`, `5m`, `250ms`. */
export function showMs(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ];
  const unit = units.find(([, size]) => ms >= size && ms % size === 0);
  return unit === undefined ? `${Math.round(ms)}ms` : `${ms / unit[1]}${unit[0]}`;
}
