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
  /** @returns The fingerprint of an alert that inhibits one with these labels, by the first rule that has one. */
  inhibitedBy(labels: LabelSet, now: number): string | undefined;
  readonly hasRules: boolean;
}

/** Sources of one rule that agree on the `equal` labels. Those that are targets, too, inhibit no other such alert. */
interface Bucket {
  pure: Sources;
  twoSided: Sources;
}

interface Sources {
  all: Set<AlertRecord>;
  /** The one that was found last: it is asked for again and again, once for each target. */
  found: AlertRecord | undefined;
}

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
      for (const rule of compiled) if (isSource(rule, record.labels)) bucketFor(rule, record).all.add(record);
    },
    forget: (record) => {
      for (const rule of compiled) removeSource(rule, record);
    },
    inhibitedBy: (labels, now) => {
      for (const rule of compiled) {
        const source = findSource(rule, labels, now);
        if (source) return source.fingerprint;
      }
      return undefined;
    },
  };
}

function isSource({ sources }: CompiledRule, labels: LabelSet): boolean {
  return sources.some((matchers) => matchesAll(matchers, labels));
}

function findSource(rule: CompiledRule, labels: LabelSet, now: number): AlertRecord | undefined {
  if (rule.buckets.size === 0 || !matchesAll(rule.targets, labels)) return undefined;
  const bucket = rule.buckets.get(keyOf(rule, labels));
  if (!bucket) return undefined;
  const found = firstFiring(bucket.pure, now);
  if (found) return found;
  // An alert on both sides of a rule would inhibit itself and its like for ever.
  return isSource(rule, labels) ? undefined : firstFiring(bucket.twoSided, now);
}

/** Ended sources are put away as they are met; one that fires again is noted again. */
function firstFiring(sources: Sources, now: number): AlertRecord | undefined {
  const { all, found } = sources;
  if (found && !isResolved(found, now)) return found;
  for (const record of all) {
    if (!isResolved(record, now)) {
      sources.found = record;
      return record;
    }
    all.delete(record);
  }
  sources.found = undefined;
  return undefined;
}

function bucketFor(rule: CompiledRule, record: AlertRecord): Sources {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key) ?? { pure: noSources(), twoSided: noSources() };
  rule.buckets.set(key, bucket);
  return matchesAll(rule.targets, record.labels) ? bucket.twoSided : bucket.pure;
}

const noSources = (): Sources => ({ all: new Set(), found: undefined });

function removeSource(rule: CompiledRule, record: AlertRecord): void {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key);
  if (!bucket) return;
  for (const sources of [bucket.pure, bucket.twoSided]) {
    sources.all.delete(record);
    if (sources.found === record) sources.found = undefined;
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
