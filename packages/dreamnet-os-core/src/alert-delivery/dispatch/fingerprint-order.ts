/** Above this many, numbers could not hold a place and the beginning of a fingerprint exactly. */
const MOST_PLACES = 2 ** 21;
/** Few fingerprints begin alike by these. */
const BEGINNING_DIGITS = 8;

/** What has a place in that order. */
export interface Fingerprinted {
  readonly fingerprint: string;
  /** By `beginningOf`: kept, since a hundred thousand texts are far from each other in memory. */
  readonly beginning: number;
}

/**
 * Things in the order of their fingerprints, a new list. Numbers are put in order several times as fast as texts: those
 * made of a fingerprint's beginning and a place, and then the few that begin alike.
 */
export function inFingerprintOrder<T extends Fingerprinted>(things: readonly T[]): T[] {
  if (things.length > MOST_PLACES) return [...things].sort(compareFingerprints);
  const keys = new Float64Array(things.length);
  for (let place = 0; place < things.length; place += 1)
    keys[place] = (things[place]?.beginning ?? 0) * MOST_PLACES + place;
  keys.sort();
  const ordered: T[] = [];
  let last = -1;
  for (const key of keys) {
    const beginning = Math.floor(key / MOST_PLACES);
    const thing = things[key - beginning * MOST_PLACES];
    if (thing === undefined) continue;
    if (beginning === last) insert(ordered, thing);
    else ordered.push(thing);
    last = beginning;
  }
  return ordered;
}

const ZERO = 0x30;
const NINE = 0x39;
const TEN_LESS_THAN_A = 0x57;

/** The number that the first digits are, hexadecimal, without its last bit: V8 keeps one of 31 bits without an object for it. */
export function beginningOf(fingerprint: string): number {
  let beginning = 0;
  for (let at = 0; at < BEGINNING_DIGITS; at += 1) {
    const code = fingerprint.charCodeAt(at);
    beginning = beginning * 16 + (code - (code <= NINE ? ZERO : TEN_LESS_THAN_A));
  }
  return beginning >>> 1;
}

/** Before those of its beginning that come after it. */
function insert<T extends Fingerprinted>(ordered: T[], thing: T): void {
  let at = ordered.length;
  ordered.push(thing);
  for (; at > 0; at -= 1) {
    const before = ordered[at - 1];
    if (before === undefined || compareFingerprints(before, thing) <= 0) break;
    ordered[at] = before;
  }
  ordered[at] = thing;
}

/** Fingerprints are ASCII, so their UTF-16 order is their order. */
function compareFingerprints(a: { fingerprint: string }, b: { fingerprint: string }): number {
  return a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0;
}
