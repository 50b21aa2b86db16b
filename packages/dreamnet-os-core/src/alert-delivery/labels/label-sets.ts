import type { LabelSet } from '@dreamnet/contracts';

/** A label set as it is kept: no empty values, and its names in the order of their bytes. */
export interface KeptLabels {
  readonly labels: LabelSet;
  readonly names: readonly string[];
}

/** Gives equal names and values one place in memory: 100,000 alerts carry few distinct ones. */
export interface LabelInterning {
  /** @returns What is wrong with the labels, or how they are kept. */
  keep(labels: LabelSet): KeptLabels | string;
}

/** Few enough to cost nothing, enough for the values that come again and again (jobs, severities, zones). */
const VALUE_SLOTS = 4096;
/** Label names come from configurations, so there are few combinations; beyond this they are not shared. */
const NAME_LISTS = 10_000;

/** Reads and cleans label sets; one per delivery, since it remembers what it has seen. */
export function createLabelInterning(): LabelInterning {
  const lists = new Map<string, readonly string[]>();
  const values: string[] = new Array(VALUE_SLOTS).fill('');
  const share = (value: string): string => {
    const slot = slotOf(value);
    if (values[slot] === value) return values[slot] ?? value;
    values[slot] = value;
    return value;
  };
  const shareNames = (names: string[]): readonly string[] => {
    const key = names.join('\u0000');
    const known = lists.get(key);
    if (known !== undefined) return known;
    if (lists.size < NAME_LISTS) lists.set(key, names);
    return names;
  };
  return {
    keep: (labels) => {
      const problem = problemOf(labels);
      if (problem !== undefined) return problem;
      const names = shareNames(sortedNames(labels));
      return { labels: copyOf(labels, names, share), names };
    },
  };
}

/** Names with a value, in the order in which Go compares strings: by their UTF-8 bytes. */
export function sortedNames(labels: LabelSet): string[] {
  const names = Object.keys(labels).filter((name) => labels[name] !== '');
  return names.sort(compareText);
}

/** The order of two texts by their UTF-8 bytes. UTF-16 order is the same but for characters beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one === other) continue;
    const isOneHigh = one >= 0xd800 && one <= 0xdfff;
    const isOtherHigh = other >= 0xd800 && other <= 0xdfff;
    if (isOneHigh !== isOtherHigh && one >= 0xd800 && other >= 0xd800) return isOneHigh ? 1 : -1;
    return one - other;
  }
  return a.length - b.length;
}

/**
 * A label's value; an empty text when there is none. Names such as `constructor` are found on every object, so only
 * texts count.
 */
export function labelValue(labels: LabelSet, name: string): string {
  const value: unknown = labels[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Alertmanager's order of label sets: fewer labels first, then by the first name or value that differs.
 *
 * @source prometheus/common model.LabelSet.Before
 */
export function compareLabels(a: KeptLabels, b: KeptLabels): number {
  if (a.names === b.names) return compareValues(a, b);
  if (a.names.length !== b.names.length) return a.names.length - b.names.length;
  for (const name of [...new Set([...a.names, ...b.names])].sort(compareText)) {
    if (!a.names.includes(name)) return -1;
    if (!b.names.includes(name)) return 1;
    const order = compareText(labelValue(a.labels, name), labelValue(b.labels, name));
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(a: KeptLabels, b: KeptLabels): number {
  for (const name of a.names) {
    const one = labelValue(a.labels, name);
    const other = labelValue(b.labels, name);
    if (one !== other) return compareText(one, other);
  }
  return 0;
}

function problemOf(labels: unknown): string | undefined {
  if (typeof labels !== 'object' || labels === null) return 'labels are missing';
  let pairs = 0;
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value !== 'string') return `the label '${name}' is not a text`;
    if (name === '') return 'a label has no name';
    if (!isWellFormed(name) || !isWellFormed(value)) return `the label '${name}' is not valid Unicode`;
    if (value !== '') pairs += 1;
  }
  return pairs === 0 ? 'at least one label with a value is needed' : undefined;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Can the text be written as UTF-8 without losing anything? */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** One object layout per list of names, whatever order the sender wrote them in. */
function copyOf(labels: LabelSet, names: readonly string[], share: (value: string) => string): LabelSet {
  // Assigning to this one name would set the copy's prototype instead.
  if (names.includes('__proto__')) return labels;
  const copy: Record<string, string> = {};
  for (const name of names) copy[name] = share(labelValue(labels, name));
  return copy;
}

function slotOf(value: string): number {
  const { length } = value;
  const middle = value.charCodeAt(length >> 1) || 0;
  const last = value.charCodeAt(length - 1) || 0;
  const hash = length * 31 + value.charCodeAt(0) * 131 + middle * 1031 + last * 8209;
  return hash & (VALUE_SLOTS - 1);
}
