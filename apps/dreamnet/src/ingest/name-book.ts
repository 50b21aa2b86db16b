/** A name as it stands in the bytes of a report, and the text it was read as once. */
export interface Name {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly hash: number;
  /** What stood at the next such place the last time: most senders say the same things in the same order. */
  next: Name | undefined;
  /** It gave its place to another and is not to be guessed any more. */
  isGone: boolean;
}

/** Remembers names, so that the text of each is made once and not for each report. Bounded: then one gives way to another. */
export interface NameBook {
  /**
   * The name between quotes whose first byte is at `from`; undefined when it is empty, long, or of other than printable
   * ASCII, or has an escape.
   *
   * @param before The name before it, by which it is guessed.
   */
  read(bytes: Uint8Array, from: number, before: Name): Name | undefined;
  readonly size: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const LONGEST_NAME = 200;
const FIRST_PLACES = 1024;
/** Slots looked at for one name. */
const TRIES = 4;

/** A name that stands before all others. */
export function createFirstName(): Name {
  return { text: '', bytes: new Uint8Array(0), hash: 0, next: undefined, isGone: false };
}

/** @param limit Most places, a power of two. Half of them are filled before there are more. */
export function createNameBook(limit = 131_072): NameBook {
  let places: (Name | undefined)[] = new Array(FIRST_PLACES).fill(undefined);
  let size = 0;
  const put = (name: Name): void => {
    const mask = places.length - 1;
    for (let turn = 0; turn < TRIES; turn += 1) {
      const place = (name.hash + turn) & mask;
      if (places[place] !== undefined) continue;
      places[place] = name;
      size += 1;
      return;
    }
    const gone = places[name.hash & mask];
    if (gone !== undefined) {
      gone.isGone = true;
      gone.next = undefined;
    }
    places[name.hash & mask] = name;
  };
  const grow = (): void => {
    const all = places;
    places = new Array(all.length * 2).fill(undefined);
    size = 0;
    for (const name of all) if (name !== undefined) put(name);
  };
  const find = (bytes: Uint8Array, from: number): Name | undefined => {
    const end = endOfName(bytes, from);
    if (end < 0) return undefined;
    const hash = hashOf(bytes, from, end);
    const mask = places.length - 1;
    for (let turn = 0; turn < TRIES; turn += 1) {
      const known = places[(hash + turn) & mask];
      if (known?.hash === hash && isAt(known, bytes, from)) return known;
    }
    if (size * 2 >= places.length && places.length < limit) grow();
    // A copy: `slice` of a Buffer would be the sender's bytes themselves, which are used again.
    const made = createName(new Uint8Array(bytes.subarray(from, end)), hash);
    put(made);
    return made;
  };
  return {
    read: (bytes, from, before) => {
      const guess = before.next;
      if (guess !== undefined && !guess.isGone && isAt(guess, bytes, from)) return guess;
      const name = find(bytes, from);
      if (!before.isGone) before.next = name;
      return name;
    },
    get size() {
      return size;
    },
  };
}

function createName(bytes: Uint8Array, hash: number): Name {
  // Printable ASCII only: every byte is a character.
  return { text: Buffer.from(bytes).toString('latin1'), bytes, hash, next: undefined, isGone: false };
}

/** Does this very name stand there, with its closing quote? */
function isAt(name: Name, bytes: Uint8Array, from: number): boolean {
  const own = name.bytes;
  const { length } = own;
  if (bytes[from + length] !== QUOTE) return false;
  for (let at = 0; at < length; at += 1) if (own[at] !== bytes[from + at]) return false;
  return true;
}

/** Where the closing quote is; -1 when it is no plain name. */
function endOfName(bytes: Uint8Array, from: number): number {
  const last = Math.min(bytes.length - 1, from + LONGEST_NAME);
  for (let at = from; at <= last; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at === from ? -1 : at;
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || byte === BACKSLASH) return -1;
  }
  return -1;
}

/** FNV-1a, as a signed number: the upper half of unsigned ones would be objects. */
function hashOf(bytes: Uint8Array, from: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // The low bits choose the place; without this they depend on the last bytes alone.
  return (hash ^ (hash >>> 15)) | 0;
}
