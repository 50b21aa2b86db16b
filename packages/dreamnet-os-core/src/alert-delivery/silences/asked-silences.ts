import type { LabelSet, Silence } from '@dreamnet/contracts';
import { labelValue } from '../labels/label-sets.js';
import { type CompiledMatcher, matchesAll } from '../matchers/label-matching.js';
import { createTextIndex, type TextIndex } from '../matchers/regex/text-index.js';

/** A silence that is ready to be asked. */
export interface ReadySilence {
  readonly silence: Silence;
  readonly matchers: readonly CompiledMatcher[];
}

/** Silences that are found only by asking them. */
export interface AskedSilences {
  add(one: ReadySilence): void;
  remove(one: ReadySilence): void;
  /** Those whose matchers hold, whatever the time. */
  matching(labels: LabelSet): readonly ReadySilence[];
}

interface Listed {
  readonly one: ReadySilence;
  readonly number: number;
  isDropped: boolean;
}

/** What the silences up to a number have said of one alert. */
interface Answers {
  upTo: number;
  matching: readonly Listed[];
}

/** So few are asked sooner than they are looked up. */
const FEW = 8;
const NOBODY: readonly Listed[] = [];

/**
 * Neither a silence's matchers nor an alert's labels ever change, so each silence is asked once of each alert, however
 * often the alert is looked at: an alert asks only those that came after its last look. Of many it asks those that may
 * match by the texts that an expression requires, and those that require none.
 */
export function createAskedSilences(): AskedSilences {
  const places = new Map<ReadySilence, Listed>();
  const answers = new WeakMap<LabelSet, Answers>();
  const byText = createLabelTexts();
  /** By their numbers, with some dropped ones among them; `others` are those that no text leads to. */
  let [listed, others]: [Listed[], Listed[]] = [[], []];
  let last = 0;

  const candidates = (labels: LabelSet, after: number): Iterable<Listed> => {
    const from = firstAfter(listed, after);
    if (listed.length - from <= FEW) return listed.slice(from);
    const led = byText.find(labels).filter(({ number }) => number > after);
    return [...others.slice(firstAfter(others, after)), ...led];
  };
  const answersOf = (labels: LabelSet): readonly Listed[] => {
    const known = answers.get(labels) ?? { upTo: 0, matching: NOBODY };
    if (known.upTo === last) return known.matching;
    const found: Listed[] = [];
    for (const place of candidates(labels, known.upTo)) if (isMatching(place, labels)) found.push(place);
    const before = known.matching.filter(({ isDropped }) => !isDropped);
    // Most alerts are silenced by nothing: one list says so for all of them.
    known.matching = before.length + found.length === 0 ? NOBODY : [...before, ...found];
    known.upTo = last;
    answers.set(labels, known);
    return known.matching;
  };
  return {
    add: (one) => {
      last += 1;
      const place = { one, number: last, isDropped: false };
      listed.push(place);
      if (!byText.add(place)) others.push(place);
      places.set(one, place);
    },
    remove: (one) => {
      const place = places.get(one);
      if (!place) return;
      place.isDropped = true;
      places.delete(one);
      byText.remove(place);
      if (listed.length <= 2 * places.size + FEW) return;
      [listed, others] = [withoutDropped(listed), withoutDropped(others)];
    },
    matching: (labels) => {
      const found = places.size > FEW ? answersOf(labels) : listed.filter((one) => isMatching(one, labels));
      return found === NOBODY ? [] : found.filter(({ isDropped }) => !isDropped).map(({ one }) => one);
    },
  };
}

/** Finds silences by what one of their labels must hold. */
interface LabelTexts {
  /** @returns false when none of its matchers requires a text. */
  add(place: Listed): boolean;
  remove(place: Listed): void;
  find(labels: LabelSet): Listed[];
}

function createLabelTexts(): LabelTexts {
  const byName = new Map<string, TextIndex<Listed>>();
  const keyOf = ({ one }: Listed) => one.matchers.find(({ required }) => required !== undefined);
  return {
    add: (place) => {
      const key = keyOf(place);
      if (!key?.required) return false;
      const index = byName.get(key.name) ?? createTextIndex<Listed>();
      byName.set(key.name, index);
      index.add(place, key.required);
      return true;
    },
    remove: (place) => {
      const key = keyOf(place);
      const index = key && byName.get(key.name);
      if (!key?.required || !index) return;
      index.remove(place, key.required);
      if (index.size === 0) byName.delete(key.name);
    },
    find: (labels) => {
      const found: Listed[] = [];
      for (const [name, index] of byName)
        for (const one of index.find(labelValue(labels, name))) found.push(one);
      return found;
    },
  };
}

function isMatching({ one, isDropped }: Listed, labels: LabelSet): boolean {
  return !isDropped && matchesAll(one.matchers, labels);
}

function withoutDropped(listed: readonly Listed[]): Listed[] {
  return listed.filter(({ isDropped }) => !isDropped);
}

/** The place of the first that has a higher number. */
function firstAfter(listed: readonly Listed[], number: number): number {
  let low = 0;
  let high = listed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((listed[middle]?.number ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}
