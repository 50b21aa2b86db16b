import type { RuleSubject } from './alert-rule.js';
import { parseMetricName } from './metric-name.js';
import type { RuleCase } from './rule-cases.js';
import type { CompiledRule } from './rule-subjects.js';

/** Which cases a value is for: found by two look-ups however many rules and subsystems there are. */
export interface SampleIndex {
  casesOf(subsystem: string, metric: string): readonly RuleCase[];
  /** What is known of the subsystem is found anew. */
  forget(subsystem: string): void;
}

const NONE: readonly never[] = [];
/** Names that no rule wants are remembered to be passed over quickly; beyond this the memory is begun anew. */
const MOST_NAMES = 50_000;

/**
 * @param rules Those that take values of metrics.
 * @param caseOf Makes the case of a rule for a subject; undefined when it is not to be watched.
 */
export function createSampleIndex(
  rules: readonly CompiledRule[],
  options: {
    domainOf: (subsystem: string) => RuleSubject['domain'];
    caseOf: (compiled: CompiledRule, subject: RuleSubject) => RuleCase | undefined;
  },
): SampleIndex {
  const wanted = new Map<string, readonly CompiledRule[]>();
  const subjects = new Map<string, Map<string, readonly RuleCase[]>>();
  const rulesFor = (metric: string): readonly CompiledRule[] => {
    if (wanted.size >= MOST_NAMES) wanted.clear();
    const { base } = parseMetricName(metric);
    const found = rules.filter((compiled) => compiled.wantsMetric(metric, base));
    const kept = found.length === 0 ? NONE : found;
    wanted.set(metric, kept);
    return kept;
  };
  const find = (subsystem: string, metric: string, among: readonly CompiledRule[]): readonly RuleCase[] => {
    const { labels } = parseMetricName(metric);
    const subject: RuleSubject = { subsystem, domain: options.domainOf(subsystem), metric, labels };
    return among
      .filter((compiled) => compiled.selects(subject))
      .flatMap((compiled) => options.caseOf(compiled, subject) ?? []);
  };
  return {
    casesOf: (subsystem, metric) => {
      const among = wanted.get(metric) ?? rulesFor(metric);
      if (among === NONE) return NONE;
      const known = subjects.get(subsystem);
      const cases = known?.get(metric);
      if (cases !== undefined) return cases;
      const found = find(subsystem, metric, among);
      if (known === undefined) subjects.set(subsystem, new Map([[metric, found]]));
      else known.set(metric, found);
      return found;
    },
    forget: (subsystem) => {
      subjects.delete(subsystem);
    },
  };
}
