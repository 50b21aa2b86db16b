import type { Domain, RuleView } from '@dreamnet/contracts';
import { typeOf } from './alert-rule.js';
import { parseMetricName } from './metric-name.js';
import { triggerWords } from './rule-alert.js';
import type { Parts } from './rule-parts.js';
import { type CompiledRule, RULE_PREFIX } from './rule-subjects.js';

/** Alerts that were open when the program ended go on; those whose rule is gone end. */
export function adopt(parts: Parts): void {
  for (const alert of parts.book.open()) {
    if (!alert.fingerprint.startsWith(RULE_PREFIX)) continue;
    const known = parts.cases.get(alert.fingerprint);
    if (known?.isTrue === true) continue;
    const compiled = parts.rules.find(({ rule }) => rule.name === alert.labels.rule);
    const { metric, domain } = alert.labels;
    const labels = parseMetricName(metric ?? '').labels;
    const subject = { subsystem: alert.subsystem, domain: domain as Domain | undefined, metric, labels };
    const one = compiled === undefined ? undefined : parts.cases.of(compiled, subject);
    if (one?.fingerprint === alert.fingerprint && !one.isJudged)
      parts.judge.adopt(one, alert.state === 'active');
    else parts.book.clear(alert.fingerprint);
  }
}

/** Every rule in the order of the configuration, with where it fires now. */
export function viewRules({ rules, cases, clock }: Parts): readonly RuleView[] {
  const nowMs = clock.monotonic();
  const firing = new Map<CompiledRule, Set<string>>();
  for (const one of cases.all())
    if (one.isTrue === true && nowMs - one.sinceMs >= (one.compiled.rule.forMs ?? 0)) {
      const names = firing.get(one.compiled) ?? new Set();
      firing.set(one.compiled, names.add(one.subject.subsystem));
    }
  return rules.map((compiled) => {
    const { name, trigger, severity, labels, annotations, forMs, keepFiringForMs } = compiled.rule;
    return {
      name,
      on: trigger.on,
      condition: triggerWords(trigger),
      type: typeOf(compiled.rule),
      severity,
      forMs: forMs ?? 0,
      keepFiringForMs: keepFiringForMs ?? 0,
      labels: labels ?? {},
      annotations: annotations ?? {},
      firing: [...(firing.get(compiled) ?? [])],
    };
  });
}
