import type { SubsystemHealth } from '../../boundary.js';
import { hasDomain } from '../domains.js';
import { isUnheard } from '../health-rules.js';
import type { RuleCase } from './rule-cases.js';
import type { Parts } from './rule-parts.js';

/**
 * Is the health only what it is because nothing was heard since our start? Then it does not show that a condition from
 * before is over. A process that runs shows it where nothing else will ever be heard of it.
 */
export function saysNothingYet({ engine }: Parts, one: RuleCase, health: SubsystemHealth): boolean {
  const { trigger } = one.compiled.rule;
  if (!isUnheard(health)) return false;
  if (trigger.on === 'axis') return health.axes[trigger.axis].state === 'unknown';
  if (health.rule !== 'alive_only') return true;
  const subsystem = engine.subsystem(health.name);
  const isAsked = subsystem?.probe !== undefined || subsystem?.status !== undefined;
  return isAsked || engine.manifest(health.name).heartbeat !== undefined;
}

/** Alerts on the health of what is not there any more end: nothing will ever judge them. Values grow stale by themselves. */
export function endUnwatched({ cases, engine, judge, isAwaited }: Parts): void {
  const isGone = ({ compiled, isJudged, isTrue, subject: { subsystem } }: RuleCase): boolean =>
    isTrue === true &&
    !isJudged &&
    ['status', 'axis', 'score'].includes(compiled.rule.trigger.on) &&
    engine.read(subsystem) === undefined &&
    !hasDomain(engine, subsystem) &&
    !isAwaited?.(subsystem);
  for (const one of cases.take(isGone)) judge.end(one);
}
