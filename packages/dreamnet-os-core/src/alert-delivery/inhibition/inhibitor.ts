import type { LabelSet } from '@dreamnet/contracts';
import type { InhibitRule } from '../alert-delivery-boundary.js';
import { type AlertRecord, isResolved } from '../dispatch/alert-record.js';
import { labelValue } from '../labels/label-sets.js';
import { type CompiledMatcher, compileMatchers, matchesAll } from '../matchers/label-matching.js';

/** Knows which firing alerts keep which others quiet. */
export interface Inhibitor {
  /** The alert is new or was reported again. */
  note(record: AlertRecord): void;
  forget(record: AlertRecord): void;
  /** @returns The fingerprint of an alert that inhibits one with these labels, by the first rule that has one; or none. */
  inhibitedBy(labels: LabelSet, now: number): readonly string[];
  readonly hasRules: boolean;
}

/** Sources of one rule that agree on the `equal` labels. Those that are targets, too, inhibit no other such alert. */
interface Bucket {
  pure: Sources;
  twoSided: Sources;
}

interface Sources {
  all: Set<AlertRecord>;
  /** The fingerprint of the one that was found last: it is asked for again and again, once for each target. */
  found: readonly string[];
  /** When that one ends (epoch ms), unless it is reported again. */
  foundUntil: number;
}

const NOBODY: readonly string[] = [];

interface CompiledRule {
  sources: readonly (readonly CompiledMatcher[])[];
  targets: readonly CompiledMatcher[];
  equal: readonly string[];
  buckets: Map<string, Bucket>;
}

/**
 * Finds what inhibits an alert by its `equal` labels: the work is the same for one source and for thousands.
 *
 * @throws DN_CORE_MATCHER_INVALID
 */
export function createInhibitor(rules: readonly InhibitRule[]): Inhibitor {
  const compiled: readonly CompiledRule[] = rules.map(({ sources, targets, equal }) => ({
    sources: sources.map(compileMatchers),
    targets: compileMatchers(targets),
    equal: [...equal],
    buckets: new Map(),
  }));
  return {
    hasRules: compiled.length > 0,
    note: (record) => {
      for (const rule of compiled) {
        if (!isSource(rule, record.labels)) continue;
        const sources = bucketFor(rule, record);
        sources.all.add(record);
        sources.foundUntil = Number.NEGATIVE_INFINITY;
      }
    },
    forget: (record) => {
      for (const rule of compiled) removeSource(rule, record);
    },
    inhibitedBy: (labels, now) => {
      for (const rule of compiled) {
        const source = findSource(rule, labels, now);
        if (source.length > 0) return source;
      }
      return NOBODY;
    },
  };
}

function isSource({ sources }: CompiledRule, labels: LabelSet): boolean {
  return sources.some((matchers) => matchesAll(matchers, labels));
}

function findSource(rule: CompiledRule, labels: LabelSet, now: number): readonly string[] {
  if (rule.buckets.size === 0 || !matchesAll(rule.targets, labels)) return NOBODY;
  const bucket = rule.buckets.get(keyOf(rule, labels));
  if (!bucket) return NOBODY;
  const found = firstFiring(bucket.pure, now);
  if (found.length > 0) return found;
  // An alert on both sides of a rule would inhibit itself and its like for ever.
  return isSource(rule, labels) ? NOBODY : firstFiring(bucket.twoSided, now);
}

/** Ended sources are put away as they are met; one that fires again is noted again. */
function firstFiring(sources: Sources, now: number): readonly string[] {
  const { all } = sources;
  if (sources.foundUntil > now) return sources.found;
  for (const record of all) {
    if (!isResolved(record, now)) {
      sources.found = [record.fingerprint];
      sources.foundUntil = record.endsAt;
      return sources.found;
    }
    all.delete(record);
  }
  return NOBODY;
}

function bucketFor(rule: CompiledRule, record: AlertRecord): Sources {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key) ?? { pure: noSources(), twoSided: noSources() };
  rule.buckets.set(key, bucket);
  return matchesAll(rule.targets, record.labels) ? bucket.twoSided : bucket.pure;
}

const noSources = (): Sources => ({
  all: new Set(),
  found: NOBODY,
  foundUntil: Number.NEGATIVE_INFINITY,
});

function removeSource(rule: CompiledRule, record: AlertRecord): void {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key);
  if (!bucket) return;
  for (const sources of [bucket.pure, bucket.twoSided]) {
    sources.all.delete(record);
    sources.foundUntil = Number.NEGATIVE_INFINITY;
  }
  if (bucket.pure.all.size === 0 && bucket.twoSided.all.size === 0) rule.buckets.delete(key);
}

/** Lengths stand before the values, so that no value can pass for two. */
function keyOf({ equal }: CompiledRule, labels: LabelSet): string {
  const [only] = equal;
  if (only === undefined) return '';
  if (equal.length === 1) return labelValue(labels, only);
  let key = '';
  for (const name of equal) {
    const value = labelValue(labels, name);
    key += `${value.length}:${value}`;
  }
  return key;
}
