import type { LabelSet, Silence } from '@dreamnet/contracts';
import { type CompiledMatcher, matchesAll } from '../matchers/label-matching.js';

/** A silence that is ready to be asked. */
export interface ReadySilence {
  readonly silence: Silence;
  readonly matchers: readonly CompiledMatcher[];
}

/** Silences that are found only by asking each of them. */
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

/** So few are asked again sooner than their answers are looked up. */
const FEW = 8;
const NOBODY: readonly Listed[] = [];

/**
 * Neither a silence's matchers nor an alert's labels ever change, so each silence is asked once of each alert, however
 * often the alert is looked at: an alert asks only those that came after its last look.
 */
export function createAskedSilences(): AskedSilences {
  const places = new Map<ReadySilence, Listed>();
  const answers = new WeakMap<LabelSet, Answers>();
  /** By their numbers, with some dropped ones among them. */
  let listed: Listed[] = [];
  let last = 0;

  const answersOf = (labels: LabelSet): readonly Listed[] => {
    const known = answers.get(labels) ?? { upTo: 0, matching: NOBODY };
    if (known.upTo === last) return known.matching;
    const found: Listed[] = [];
    for (let at = firstAfter(listed, known.upTo); at < listed.length; at += 1) {
      const place = listed[at];
      if (place && !place.isDropped && matchesAll(place.one.matchers, labels)) found.push(place);
    }
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
      places.set(one, place);
    },
    remove: (one) => {
      const place = places.get(one);
      if (!place) return;
      place.isDropped = true;
      places.delete(one);
      if (listed.length > 2 * places.size + FEW) listed = listed.filter(({ isDropped }) => !isDropped);
    },
    matching: (labels) => {
      const found = places.size > FEW ? answersOf(labels) : listed.filter((one) => isMatching(one, labels));
      return found === NOBODY ? [] : found.filter(({ isDropped }) => !isDropped).map(({ one }) => one);
    },
  };
}

function isMatching({ one, isDropped }: Listed, labels: LabelSet): boolean {
  return !isDropped && matchesAll(one.matchers, labels);
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
