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

/** Names as a sender wrote them, each with a value, and as they are kept. */
interface Shape {
  readonly written: readonly string[];
  readonly names: readonly string[];
  /** May a copy have these names? */
  readonly isCopied: boolean;
}

/** Reads and cleans label sets; one per delivery, since it remembers what it has seen. */
export function createLabelInterning(): LabelInterning {
  const lists = new Map<string, readonly string[]>();
  const values: string[] = new Array(VALUE_SLOTS).fill('');
  /** Alerts that come together look alike. */
  let last: Shape | undefined;
  /** @returns undefined of what is not valid Unicode; what is shared already was. */
  const share = (value: string): string | undefined => {
    const slot = slotOf(value);
    if (values[slot] === value) return values[slot];
    if (!isWellFormed(value)) return undefined;
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
  const shapeOf = (labels: LabelSet): Shape | string => {
    if (last !== undefined && hasShape(labels, last)) return last;
    const problem = problemOf(labels);
    if (problem !== undefined) return problem;
    const names = shareNames(sortedNames(labels));
    // Assigning to this one name would set the copy's prototype instead.
    const shape = { written: Object.keys(labels), names, isCopied: !names.includes('__proto__') };
    // One with an empty value has fewer names than were written: no example for the next.
    if (shape.written.length === names.length) last = shape;
    return shape;
  };
  return {
    keep: (labels) => {
      const shape = shapeOf(labels);
      if (typeof shape === 'string') return shape;
      const { names, isCopied } = shape;
      const kept = copyOf(labels, names, share);
      return typeof kept === 'string' ? kept : { labels: isCopied ? kept : labels, names };
    },
  };
}

function hasShape(labels: LabelSet, { written }: Shape): boolean {
  let at = 0;
  for (const name in labels) {
    const value: unknown = labels[name];
    if (written[at] !== name || typeof value !== 'string' || value === '') return false;
    at += 1;
  }
  return at === written.length;
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

const FIRST_SURROGATE = 0xd800;

/** Can the text be written as UTF-8 without losing anything? */
export function isWellFormed(text: string): boolean {
  for (let at = 0; at < text.length; at += 1)
    if (text.charCodeAt(at) >= FIRST_SURROGATE) return !LONE_SURROGATE.test(text);
  return true;
}

/** One object layout per list of names, whatever order the sender wrote them in. */
function copyOf(
  labels: LabelSet,
  names: readonly string[],
  share: (value: string) => string | undefined,
): LabelSet | string {
  const copy: Record<string, string> = {};
  for (const name of names) {
    const value = share(labelValue(labels, name));
    if (value === undefined) return `the label '${name}' is not valid Unicode`;
    copy[name] = value;
  }
  return copy;
}

function slotOf(value: string): number {
  const { length } = value;
  const middle = value.charCodeAt(length >> 1) || 0;
  const last = value.charCodeAt(length - 1) || 0;
  const hash = length * 31 + value.charCodeAt(0) * 131 + middle * 1031 + last * 8209;
  return hash & (VALUE_SLOTS - 1);
}
