import type { LabelSet, Silence } from '@dreamnet/contracts';
import { labelValue } from '../labels/label-sets.js';
import { compileMatchers, matchesAll } from '../matchers/label-matching.js';
import { createAskedSilences, type ReadySilence } from './asked-silences.js';
import { stateWithWindows } from './silence-rules.js';

/** Finds the silences of an alert without asking each of them. */
export interface SilenceIndex {
  put(silence: Silence): void;
  remove(id: string): void;
  has(id: string): boolean;
  /** Ids of the silences that hold for these labels now, in the order of their ids. */
  silencing(labels: LabelSet, now: number): readonly string[];
  readonly size: number;
}

const NOBODY: readonly string[] = [];

/**
 * Silences that state one label's value, or a few to choose from, are found by it; only those that do not (patterns,
 * exclusions) are asked one by one, once of each alert.
 */
export function createSilenceIndex(): SilenceIndex {
  const byId = new Map<string, ReadySilence>();
  const byValue = new Map<string, Map<string, Set<ReadySilence>>>();
  const others = createAskedSilences();

  const add = (ready: ReadySilence): void => {
    const stated = statedOf(ready);
    if (!stated) {
      others.add(ready);
      return;
    }
    const values = byValue.get(stated.name) ?? new Map<string, Set<ReadySilence>>();
    byValue.set(stated.name, values);
    for (const value of stated.values) {
      const place = values.get(value) ?? new Set<ReadySilence>();
      values.set(value, place.add(ready));
    }
  };
  const remove = (id: string): void => {
    const known = byId.get(id);
    if (!known) return;
    byId.delete(id);
    const stated = statedOf(known);
    if (!stated) {
      others.remove(known);
      return;
    }
    const values = byValue.get(stated.name);
    for (const value of stated.values) {
      const place = values?.get(value);
      place?.delete(known);
      if (place?.size === 0) values?.delete(value);
    }
    if (values?.size === 0) byValue.delete(stated.name);
  };
  return {
    get size() {
      return byId.size;
    },
    put: (silence) => {
      remove(silence.id);
      const ready = { silence, matchers: compileMatchers(silence.matchers) };
      byId.set(silence.id, ready);
      add(ready);
    },
    remove,
    has: (id) => byId.has(id),
    silencing: (labels, now) => {
      if (byId.size === 0) return NOBODY;
      const found: string[] = [];
      for (const [name, values] of byValue)
        for (const { silence, matchers } of values.get(labelValue(labels, name)) ?? [])
          if (matchesAll(matchers, labels) && isHolding(silence, now)) found.push(silence.id);
      for (const { silence } of others.matching(labels)) if (isHolding(silence, now)) found.push(silence.id);
      return found.length > 1 ? found.sort() : found;
    },
  };
}

/** A label and its few values, by which a silence is found; the label must be there, so none of them is empty. */
function statedOf({ matchers }: ReadySilence): { name: string; values: readonly string[] } | undefined {
  for (const { name, values } of matchers)
    if (values?.every((value) => value !== '')) return { name, values };
  return undefined;
}

function isHolding(silence: Silence, now: number): boolean {
  return stateWithWindows(silence, now) === 'active';
}
