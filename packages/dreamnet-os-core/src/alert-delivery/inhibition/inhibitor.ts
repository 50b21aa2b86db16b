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
  /**
   * What was found is kept in the record until a source comes, goes or ends.
   *
   * @returns The fingerprint of an alert that inhibits this one, by the first rule that has one; or none.
   */
  inhibitedBy(record: AlertRecord, now: number): readonly string[];
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
  /** When that one ends (epoch ms), unless it is reported again; `NEVER` when none was found. */
  foundUntil: number;
}

const NOBODY: readonly string[] = [];
const NEVER = Number.NEGATIVE_INFINITY;

/** Changes of all inhibitors: what one found is not taken for another's after a reload. */
let changes = 0;

function nextChange(): number {
  changes += 1;
  return changes;
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
  let change = nextChange();
  /** When the first of those that were found ends (epoch ms). */
  let firstEndAt = Number.POSITIVE_INFINITY;
  const find = (record: AlertRecord, now: number): readonly string[] => {
    for (const rule of compiled) {
      const sources = findSources(rule, record.labels, now);
      if (sources === undefined) continue;
      firstEndAt = Math.min(firstEndAt, sources.foundUntil);
      return sources.found;
    }
    return NOBODY;
  };
  return {
    note: (record) => {
      for (const rule of compiled) if (noteSource(rule, record)) change = nextChange();
    },
    forget: (record) => {
      for (const rule of compiled) if (removeSource(rule, record)) change = nextChange();
    },
    inhibitedBy: (record, now) => {
      if (compiled.length === 0) return NOBODY;
      if (now >= firstEndAt) {
        change = nextChange();
        firstEndAt = Number.POSITIVE_INFINITY;
      }
      if (record.inhibitedAt !== change) {
        record.inhibitedBy = find(record, now);
        record.inhibitedAt = change;
      }
      return record.inhibitedBy;
    },
  };
}

/** @returns Is anything different now for those it may inhibit? Not when a source is only reported again. */
function noteSource(rule: CompiledRule, record: AlertRecord): boolean {
  if (!isSource(rule, record.labels)) return false;
  const sources = bucketFor(rule, record);
  sources.all.add(record);
  if (sources.foundUntil === NEVER) return true;
  if (sources.found[0] !== record.fingerprint) return false;
  const goesOn = record.endsAt >= sources.foundUntil;
  sources.foundUntil = goesOn ? record.endsAt : NEVER;
  return !goesOn;
}

function isSource({ sources }: CompiledRule, labels: LabelSet): boolean {
  return sources.some((matchers) => matchesAll(matchers, labels));
}

/** @returns Sources of which one fires and was found. */
function findSources(rule: CompiledRule, labels: LabelSet, now: number): Sources | undefined {
  if (rule.buckets.size === 0 || !matchesAll(rule.targets, labels)) return undefined;
  const bucket = rule.buckets.get(keyOf(rule, labels));
  if (!bucket) return undefined;
  if (isAnyFiring(bucket.pure, now)) return bucket.pure;
  // An alert on both sides of a rule would inhibit itself and its like for ever.
  return !isSource(rule, labels) && isAnyFiring(bucket.twoSided, now) ? bucket.twoSided : undefined;
}

/** Ended sources are put away as they are met; one that fires again is noted again. */
function isAnyFiring(sources: Sources, now: number): boolean {
  if (sources.foundUntil > now) return true;
  for (const record of sources.all) {
    if (!isResolved(record, now)) {
      sources.found = [record.fingerprint];
      sources.foundUntil = record.endsAt;
      return true;
    }
    sources.all.delete(record);
  }
  sources.found = NOBODY;
  sources.foundUntil = NEVER;
  return false;
}

function bucketFor(rule: CompiledRule, record: AlertRecord): Sources {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key) ?? { pure: noSources(), twoSided: noSources() };
  rule.buckets.set(key, bucket);
  return matchesAll(rule.targets, record.labels) ? bucket.twoSided : bucket.pure;
}

const noSources = (): Sources => ({ all: new Set(), found: NOBODY, foundUntil: NEVER });

/** @returns Was it one? */
function removeSource(rule: CompiledRule, record: AlertRecord): boolean {
  const key = keyOf(rule, record.labels);
  const bucket = rule.buckets.get(key);
  if (!bucket) return false;
  let wasOne = false;
  for (const sources of [bucket.pure, bucket.twoSided]) {
    if (!sources.all.delete(record)) continue;
    wasOne = true;
    sources.foundUntil = NEVER;
  }
  if (bucket.pure.all.size === 0 && bucket.twoSided.all.size === 0) rule.buckets.delete(key);
  return wasOne;
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
