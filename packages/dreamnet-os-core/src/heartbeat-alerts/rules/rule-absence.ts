import { LEAST_LISTENING_MS, type Silence } from '../../os-store/heard-book.js';
import type { RuleSubject } from './alert-rule.js';
import { parseMetricName } from './metric-name.js';
import { showMs } from './rule-alert.js';
import type { RuleCase } from './rule-cases.js';
import { goesStale, type RuleJudge, STALE_MS } from './rule-judge.js';
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

/** Takes up what an earlier life was waiting for although nobody had named it: it had been heard once. */
export function resumeAbsences(parts: Parts, name: string): void {
  for (const { rule, metric } of parts.heard?.leftOf(name) ?? []) {
    const compiled = parts.rules.find((one) => one.rule.name === rule && one.rule.trigger.on === 'absence');
    if (compiled === undefined) continue;
    const { base, labels } = parseMetricName(metric ?? '');
    const subject = { ...subjectOf(parts, name), metric, labels };
    const isMeant =
      metric === undefined
        ? !('metric' in compiled.rule.trigger) || compiled.rule.trigger.metric === undefined
        : compiled.wantsMetric(metric, base);
    const one = isMeant && compiled.selects(subject) ? parts.cases.of(compiled, subject) : undefined;
    if (one !== undefined) lookForAbsence(parts, one);
  }
}

/** What has been heard of moves the time on; what has not is missing, and looked after until it is back. */
export function lookForAbsence(parts: Parts, one: RuleCase): void {
  const { clock, judge, startedMs } = parts;
  const { trigger } = one.compiled.rule;
  if (trigger.on !== 'absence') return;
  const { metric, afterMs } = trigger;
  const silentMs = silentForMs(parts, one);
  // Who reported while nobody listened gets to report again; an alert that is open does not wait for that.
  const graceMs =
    one.isTrue === true ? 0 : startedMs + Math.min(afterMs, LEAST_LISTENING_MS) - clock.monotonic();
  const leftMs = Math.max(afterMs - silentMs, graceMs);
  if (leftMs <= 0) {
    raiseAbsence(judge, one, afterMs);
    if (metric === undefined) judge.wake(one, ABSENCE_LOOK_MS);
    return;
  }
  if (metric === undefined && silentMs < afterMs && one.isTrue !== false) judge.judge(one, undefined);
  judge.wake(one, leftMs);
}

/** What of silence is to be kept for the next life: of rules that wait longer than a start is waited for. */
export function* silencesOf(parts: Parts): Generator<Silence> {
  for (const one of parts.cases.all()) {
    const { rule } = one.compiled;
    const { subsystem, metric } = one.subject;
    const about = { key: one.fingerprint, subject: { subsystem, rule: rule.name, metric } };
    if (rule.trigger.on === 'absence' && rule.trigger.afterMs > LEAST_LISTENING_MS)
      yield { ...about, silentMs: silentForMs(parts, one), limitMs: rule.trigger.afterMs };
    else if (one.isRaised && goesStale(one))
      yield { ...about, silentMs: parts.clock.monotonic() - one.judgedMs, limitMs: STALE_MS };
  }
}

/** Without a metric every report counts, also one that no case was told of. */
function silentForMs({ clock, engine }: Parts, { compiled, subject, isTrue, heardMs }: RuleCase): number {
  const { trigger } = compiled.rule;
  const ownMs = clock.monotonic() - heardMs;
  if (trigger.on !== 'absence' || trigger.metric !== undefined) return ownMs;
  const neverHeardMs = isTrue === true ? Math.max(trigger.afterMs, ownMs) : ownMs;
  return engine.silentForMs(subject.subsystem) ?? neverHeardMs;
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
