import type { RuleSubject } from './alert-rule.js';
import type { RuleFinding } from './rule-alert.js';
import { type CompiledRule, ruleFingerprint } from './rule-subjects.js';

/** One rule and one subject it watches. Times are monotonic ms. */
export interface RuleCase {
  compiled: CompiledRule;
  readonly subject: RuleSubject;
  readonly fingerprint: string;
  /** Does it hold? undefined until it is first judged and after its values stopped coming. */
  isTrue: boolean | undefined;
  /** Was it judged since our start? What held before that stays until then. */
  isJudged: boolean;
  finding: RuleFinding;
  /** When it began to hold, was last judged, and was last brought to the alert book. */
  sinceMs: number;
  judgedMs: number;
  /**
   * When it was last heard, for rules on absence and trends; before our start where an earlier life knew. Else when the case
   * was made.
   */
  heardMs: number;
  /** Time of the newest value heard (epoch ms), for rules on trends: whether another is new, never how old it is. */
  newestAt: number | undefined;
  raisedMs: number;
  /** How long it had held when the book heard of it: that time counts. */
  keptBackMs: number;
  /** Does the alert book know that it holds? */
  isRaised: boolean;
  /** The next look at it; Infinity when none is queued. */
  dueMs: number;
}

/** Every case by its fingerprint and by its subsystem. */
export interface RuleCases {
  /** The case of the rule and the subject, made when it is not there; undefined beyond the limit. */
  of(compiled: CompiledRule, subject: RuleSubject): RuleCase | undefined;
  get(fingerprint: string): RuleCase | undefined;
  /** Takes out those the test picks and returns them. */
  take(test: (one: RuleCase) => boolean): readonly RuleCase[];
  takeOf(subsystem: string): readonly RuleCase[];
  all(): IterableIterator<RuleCase>;
  /** Cases not made because there were too many. */
  readonly refused: number;
}

/** Rule times subject: a careless glob over every metric of a big fleet must not fill the memory. */
const MOST_CASES = 200_000;

/**
 * @param nowMs The monotonic clock.
 * @param silentMs How long an earlier life had waited for the subject of this fingerprint; undefined when it did not.
 */
export function createRuleCases(
  nowMs: () => number,
  silentMs: (fingerprint: string) => number | undefined = () => undefined,
): RuleCases {
  const byFingerprint = new Map<string, RuleCase>();
  const bySubsystem = new Map<string, Set<RuleCase>>();
  let refused = 0;
  const drop = (one: RuleCase): void => {
    byFingerprint.delete(one.fingerprint);
    const others = bySubsystem.get(one.subject.subsystem);
    others?.delete(one);
    if (others?.size === 0) bySubsystem.delete(one.subject.subsystem);
  };
  const add = (compiled: CompiledRule, subject: RuleSubject, fingerprint: string): RuleCase => {
    const one = newCase(compiled, { subject, fingerprint, nowMs: nowMs() });
    one.heardMs -= silentMs(fingerprint) ?? 0;
    byFingerprint.set(fingerprint, one);
    const others = bySubsystem.get(subject.subsystem) ?? new Set();
    bySubsystem.set(subject.subsystem, others.add(one));
    return one;
  };
  return {
    of: (compiled, subject) => {
      const fingerprint = ruleFingerprint(compiled.rule, subject);
      const known = byFingerprint.get(fingerprint);
      if (known !== undefined) {
        known.compiled = compiled;
        return known;
      }
      if (byFingerprint.size < MOST_CASES) return add(compiled, subject, fingerprint);
      refused += 1;
      return undefined;
    },
    get: (fingerprint) => byFingerprint.get(fingerprint),
    take: (test) => {
      const taken = [...byFingerprint.values()].filter(test);
      taken.forEach(drop);
      return taken;
    },
    takeOf: (subsystem) => {
      const taken = [...(bySubsystem.get(subsystem) ?? [])];
      taken.forEach(drop);
      return taken;
    },
    all: () => byFingerprint.values(),
    get refused() {
      return refused;
    },
  };
}

function newCase(
  compiled: CompiledRule,
  about: { subject: RuleSubject; fingerprint: string; nowMs: number },
): RuleCase {
  const { subject, fingerprint, nowMs } = about;
  return {
    compiled,
    subject,
    fingerprint,
    isTrue: undefined,
    isJudged: false,
    finding: { value: '' },
    sinceMs: nowMs,
    judgedMs: nowMs,
    heardMs: nowMs,
    newestAt: undefined,
    raisedMs: Number.NEGATIVE_INFINITY,
    keptBackMs: 0,
    isRaised: false,
    dueMs: Number.POSITIVE_INFINITY,
  };
}
