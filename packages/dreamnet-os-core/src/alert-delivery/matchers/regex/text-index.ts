import type { RequiredTexts } from './required-texts.js';

/** Finds, in a text, all whose texts are in it. */
export interface TextIndex<T> {
  add(one: T, required: RequiredTexts): void;
  remove(one: T, required: RequiredTexts): void;
  /** Also some that do not match, none that does is left out; each once. */
  find(text: string): Set<T>;
  readonly size: number;
}

/** By length, then by the text itself: a look-up for each length at each place of a text, however many texts there are. */
type ByLength<T> = Map<number, Map<string, Set<T>>>;

const ASCII_ONLY = /^[\0-\x7f]*$/;

/** An empty index. */
export function createTextIndex<T>(): TextIndex<T> {
  const exact: ByLength<T> = new Map();
  const folded: ByLength<T> = new Map();
  let size = 0;
  return {
    add: (one, { texts, isFolded }) => {
      for (const text of texts) put(isFolded ? folded : exact, text, one);
      size += 1;
    },
    remove: (one, { texts, isFolded }) => {
      for (const text of texts) drop(isFolded ? folded : exact, text, one);
      size -= 1;
    },
    find: (text) => {
      const found = new Set<T>();
      collect(exact, text, found);
      if (folded.size === 0) return found;
      if (ASCII_ONLY.test(text)) collect(folded, text.toLowerCase(), found);
      // Some letters beyond ASCII count as another case of ASCII ones: nothing is left out then.
      else
        for (const texts of folded.values())
          for (const all of texts.values()) for (const one of all) found.add(one);
      return found;
    },
    get size() {
      return size;
    },
  };
}

function put<T>(index: ByLength<T>, text: string, one: T): void {
  const texts = index.get(text.length) ?? new Map<string, Set<T>>();
  index.set(text.length, texts);
  texts.set(text, (texts.get(text) ?? new Set<T>()).add(one));
}

function drop<T>(index: ByLength<T>, text: string, one: T): void {
  const texts = index.get(text.length);
  const all = texts?.get(text);
  all?.delete(one);
  if (all?.size === 0) texts?.delete(text);
  if (texts?.size === 0) index.delete(text.length);
}

function collect<T>(index: ByLength<T>, text: string, found: Set<T>): void {
  for (const [length, texts] of index)
    for (let at = 0; at + length <= text.length; at += 1)
      for (const one of texts.get(text.slice(at, at + length)) ?? []) found.add(one);
}
