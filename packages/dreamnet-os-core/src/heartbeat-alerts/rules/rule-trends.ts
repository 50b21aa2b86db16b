import type { Trend } from '@dreamnet/contracts';
import type { RuleSubject } from './alert-rule.js';
import { parseMetricName } from './metric-name.js';
import type { RuleCase } from './rule-cases.js';
import { STALE_MS } from './rule-judge.js';
import { type Parts, type RuleTrend, subjectOf } from './rule-parts.js';
import type { CompiledRule } from './rule-subjects.js';
import { judgeTrend } from './rule-triggers.js';

/** A series has to be gone so long before nothing is known of its trend: after a start its history grows anew. */
const GONE_MS = 600_000;

/** Looks at the trends that rules ask for; what has none any more is over after a while. */
export function lookAtTrends(parts: Parts): void {
  if (!parts.has.has('trend')) return;
  const now = parts.clock.now();
  for (const compiled of parts.rules) {
    const { trigger } = compiled.rule;
    if (trigger.on !== 'trend') continue;
    for (const trend of parts.trends?.(wantedBy(parts, compiled)) ?? []) {
      const one = parts.cases.of(compiled, trendSubject(parts, trend));
      if (one === undefined) continue;
      const isKnown = hear(parts, one, trend) < STALE_MS;
      parts.judge.judge(one, isKnown ? judgeTrend(trigger, trend, now) : undefined);
    }
  }
  dropGone(parts);
}

/** @returns For how long, ms, no new value came. The wall clock is asked only for what came before the case was there. */
function hear({ clock }: Parts, one: RuleCase, { lastAt }: RuleTrend): number {
  if (lastAt === undefined) return 0;
  const nowMs = clock.monotonic();
  if (one.newestAt === undefined) one.heardMs = nowMs - Math.max(0, clock.now() - lastAt);
  else if (one.newestAt !== lastAt) one.heardMs = nowMs;
  one.newestAt = lastAt;
  return nowMs - one.heardMs;
}

function wantedBy(parts: Parts, compiled: CompiledRule) {
  const { trigger } = compiled.rule;
  const { level, metric } = trigger.on === 'trend' ? trigger : {};
  return {
    owner: compiled,
    of: metric === undefined ? ('scores' as const) : ('metrics' as const),
    isWanted: (name: { subject: string; metric?: string }) =>
      (name.metric === undefined || compiled.wantsMetric(name.metric, parseMetricName(name.metric).base)) &&
      compiled.selects(trendSubject(parts, name)),
    ...(level === undefined ? {} : { level }),
  };
}

function trendSubject(parts: Parts, { subject, metric }: Pick<Trend, 'subject' | 'metric'>): RuleSubject {
  const known = subjectOf(parts, subject);
  return metric === undefined ? known : { ...known, metric, labels: parseMetricName(metric).labels };
}

function dropGone({ clock, cases, judge }: Parts): void {
  const beforeMs = clock.monotonic() - GONE_MS;
  const isGone = ({ compiled, isTrue, judgedMs }: RuleCase): boolean =>
    isTrue === true && compiled.rule.trigger.on === 'trend' && judgedMs < beforeMs;
  for (const one of cases.all()) if (isGone(one)) judge.judge(one, undefined);
}
