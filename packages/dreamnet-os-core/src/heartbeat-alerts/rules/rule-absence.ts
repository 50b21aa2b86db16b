import type { RuleSubject } from './alert-rule.js';
import { parseMetricName } from './metric-name.js';
import { showMs } from './rule-alert.js';
import type { RuleCase } from './rule-cases.js';
import type { RuleJudge } from './rule-judge.js';
import { type Parts, subjectOf } from './rule-parts.js';
import type { CompiledRule } from './rule-subjects.js';

/** While something is missing, so often it is looked whether it has come back. */
const ABSENCE_LOOK_MS = 1000;

/** Silence is only asked after where somebody is named, or once something was heard. */
export function absenceCases(parts: Parts, name: string): readonly RuleCase[] {
  const subject = subjectOf(parts, name);
  return parts.rules.flatMap((compiled) => {
    const { trigger, select } = compiled.rule;
    if (trigger.on !== 'absence') return [];
    if (trigger.metric === undefined)
      return compiled.selects(subject) ? (parts.cases.of(compiled, subject) ?? []) : [];
    const wanted = absenceSubject(compiled, { ...subject, metric: trigger.metric });
    const isNamed = select?.subsystems !== undefined && !trigger.metric.includes('*');
    return isNamed && compiled.selects(wanted) ? (parts.cases.of(compiled, wanted) ?? []) : [];
  });
}

/** What has been heard of moves the time on; what has not is missing, and looked after until it is back. */
export function lookForAbsence({ clock, engine, judge }: Parts, one: RuleCase): void {
  const { trigger } = one.compiled.rule;
  if (trigger.on !== 'absence') return;
  const ownMs = clock.monotonic() - one.judgedMs;
  if (trigger.metric !== undefined) {
    if (ownMs < trigger.afterMs) judge.wake(one, trigger.afterMs - ownMs);
    else raiseAbsence(judge, one, trigger.afterMs);
    return;
  }
  const neverHeardMs = one.isTrue === true ? trigger.afterMs : ownMs;
  const silentMs = engine.silentForMs(one.subject.subsystem) ?? neverHeardMs;
  if (silentMs >= trigger.afterMs) {
    raiseAbsence(judge, one, trigger.afterMs);
    judge.wake(one, ABSENCE_LOOK_MS);
    return;
  }
  if (one.isTrue !== false) judge.judge(one, undefined);
  judge.wake(one, trigger.afterMs - silentMs);
}

function raiseAbsence(judge: RuleJudge, one: RuleCase, afterMs: number): void {
  if (one.isTrue !== true) judge.judge(one, { value: showMs(afterMs) });
}

/** What is missing under one name is missing once, whatever labels it used to come with. */
export function absenceSubject({ rule }: CompiledRule, subject: RuleSubject): RuleSubject {
  const { trigger } = rule;
  if (trigger.on !== 'absence' || trigger.metric === undefined || trigger.metric.includes('*'))
    return subject;
  return { ...subject, metric: trigger.metric, labels: parseMetricName(trigger.metric).labels };
}
