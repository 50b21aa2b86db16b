import type { Domain, MetricAnomaly, Trend } from '@dreamnet/contracts';
import type { SubsystemHealth } from '../../boundary.js';
import type { RuleTrigger } from './alert-rule.js';
import { holds } from './comparison.js';
import { showNumber } from './placeholders.js';
import { type RuleFinding, showMs } from './rule-alert.js';

/** What a subsystem's health means to a rule on status or axis; undefined when it does not hold. */
export function judgeHealth(trigger: RuleTrigger, health: SubsystemHealth): RuleFinding | undefined {
  if (trigger.on === 'status')
    return trigger.is.includes(health.status) ? { value: health.status, why: health.reason } : undefined;
  if (trigger.on !== 'axis') return undefined;
  const { state, reason } = health.axes[trigger.axis];
  return trigger.is.includes(state) ? { value: state, why: reason } : undefined;
}

/** What a value means to a rule on a metric or a score. */
export function judgeValue(trigger: RuleTrigger, value: number): RuleFinding | undefined {
  return 'when' in trigger && holds(trigger.when, value) ? { value } : undefined;
}

/** What an anomaly score means to a rule, with the value and what is odd about it. */
export function judgeAnomaly(trigger: RuleTrigger, anomaly: MetricAnomaly): RuleFinding | undefined {
  const { score, value, reason } = anomaly;
  const finding = judgeValue(trigger, score);
  return finding && { ...finding, why: `its value is ${showNumber(value)}: ${reason}` };
}

/** What a trend means to a rule; a trend that is not significant means nothing. */
export function judgeTrend(trigger: RuleTrigger, trend: Trend, now: number): RuleFinding | undefined {
  if (trigger.on !== 'trend' || !trend.isSignificant || trend.direction === 'stable') return undefined;
  const isRising = trend.slopePerHour > 0;
  if (isRising !== (trigger.direction === 'rising')) return undefined;
  const { crossesWithinMs } = trigger;
  if (crossesWithinMs === undefined) return { value: showNumber(trend.slopePerHour) };
  const inMs = (trend.crossesAt ?? Number.POSITIVE_INFINITY) - now;
  // One that lies behind was not seen: the forecast is older than that.
  if (inMs < 0 || inMs > crossesWithinMs) return undefined;
  return { value: showNumber(trend.slopePerHour), why: `crosses in ${forecastWords(inMs)}` };
}

/** To the minute from an hour on, as in `5h 48m`; to the second below. */
function forecastWords(ms: number): string {
  if (ms < 3_600_000) return showMs(Math.round(ms / 1000) * 1000);
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : ` ${minutes % 60}m`}`;
}

/** The domain's field of the global scores. */
export function scoreField<D extends Domain>(domain: D): `${D}Health` {
  return `${domain}Health`;
}
