import type { LabelSet, Silence } from '@dreamnet/contracts';
import { labelValue } from '../labels/label-sets.js';
import { type CompiledMatcher, compileMatchers, matchesAll } from '../matchers/label-matching.js';
import { containsTime } from '../time-intervals/time-interval-check.js';
import { silenceState } from './silence-rules.js';

/** Finds the silences of an alert without asking each of them. */
export interface SilenceIndex {
  put(silence: Silence): void;
  remove(id: string): void;
  /** Ids of the silences that hold for these labels now, in the order of their ids. */
  silencing(labels: LabelSet, now: number): readonly string[];
  readonly size: number;
}

interface Indexed {
  silence: Silence;
  matchers: readonly CompiledMatcher[];
}

const NOBODY: readonly string[] = [];

/**
 * Silences that state one label's value outright are found by that value; only those that do not (regular
 * expressions, exclusions) are asked one by one.
 */
export function createSilenceIndex(): SilenceIndex {
  const byId = new Map<string, Indexed>();
  const byValue = new Map<string, Map<string, Set<Indexed>>>();
  const others = new Set<Indexed>();

  const placeOf = ({ matchers }: Indexed): Set<Indexed> => {
    const stated = matchers.find(({ isRegex, isEqual, value }) => !isRegex && isEqual && value !== '');
    if (!stated) return others;
    const values = byValue.get(stated.name) ?? new Map<string, Set<Indexed>>();
    byValue.set(stated.name, values);
    const place = values.get(stated.value) ?? new Set<Indexed>();
    values.set(stated.value, place);
    return place;
  };
  const remove = (id: string): void => {
    const known = byId.get(id);
    if (!known) return;
    byId.delete(id);
    placeOf(known).delete(known);
  };
  return {
    get size() {
      return byId.size;
    },
    put: (silence) => {
      remove(silence.id);
      const indexed = { silence, matchers: compileMatchers(silence.matchers) };
      byId.set(silence.id, indexed);
      placeOf(indexed).add(indexed);
    },
    remove,
    silencing: (labels, now) => {
      if (byId.size === 0) return NOBODY;
      const found: string[] = [];
      for (const [name, values] of byValue)
        collect(values.get(labelValue(labels, name)), labels, { now, found });
      collect(others, labels, { now, found });
      return found.length > 1 ? found.sort() : found;
    },
  };
}

function collect(
  candidates: ReadonlySet<Indexed> | undefined,
  labels: LabelSet,
  { now, found }: { now: number; found: string[] },
): void {
  for (const { silence, matchers } of candidates ?? [])
    if (isHolding(silence, now) && matchesAll(matchers, labels)) found.push(silence.id);
}

function isHolding(silence: Silence, now: number): boolean {
  if (silenceState(silence, now) !== 'active') return false;
  const { windows } = silence;
  return windows === undefined || windows.length === 0 || windows.some((window) => containsTime(window, now));
}
