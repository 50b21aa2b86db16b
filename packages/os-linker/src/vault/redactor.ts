import { TERMINAL_SEQUENCE } from '@dreamnet/kit';
import { formsOf } from './secret-forms.js';

/** Shorter values are too common in ordinary text: replacing them would make logs unreadable and help nobody. */
const SHORTEST = 4;
const MASK = '<secret>';
/** Begins every sequence of a terminal. */
const ESCAPE = '\u001b';

/** Removes secret values from whatever is about to be shown, logged or sent. */
export interface Redactor {
  /** From now on this value is replaced. False when it is too short to be told from ordinary text. */
  add(value: string): boolean;
  /** The text with every known secret replaced by `<secret>`. */
  redact(text: string): string;
  /** JSON data with every string (keys too) redacted; the same data where nothing is to be hidden yet. */
  redactData<T>(data: T): T;
}

/**
 * A redactor that knows no secret yet. It recognises a value as it is, in base64 (also within longer base64 such
 * as an Authorization header), in hexadecimal digits, URL-encoded, escaped for JSON or HTML, quoted for a shell or as a
 * program prints it for debugging, each line of a value of several lines, and all of these with colours and other sequences of terminals in
 * between.
 */
export function createRedactor(): Redactor {
  const byStart: FormsByStart = new Map();
  const redact = (text: string) => (byStart.size === 0 ? text : replaceThrough(text, byStart));
  return {
    add: (value) => {
      if (value.length < SHORTEST) return false;
      for (const form of formsOf(value)) addForm(byStart, form);
      return true;
    },
    redact,
    redactData: <T>(data: T) => (byStart.size === 0 ? data : (mapStrings(data, redact) as T)),
  };
}

/** First characters → what may follow, so that a text is read once however many secrets there are. */
type FormsByStart = Map<string, { forms: Set<string>; lengths: readonly number[] }>;

function addForm(byStart: FormsByStart, form: string): void {
  if (form.length < SHORTEST) return;
  const start = form.slice(0, SHORTEST);
  const known = byStart.get(start);
  if (!known) {
    byStart.set(start, { forms: new Set([form]), lengths: [form.length] });
    return;
  }
  known.forms.add(form);
  // Longest first: of two secrets that begin alike the longer one is meant.
  if (!known.lengths.includes(form.length))
    known.lengths = [...known.lengths, form.length].sort((one, other) => other - one);
}

/**
 * As `replaceKnown`, and finds what a terminal would put together again. Then the text is answered without any sequences: what is between the
 * parts of a secret is none of its own.
 */
function replaceThrough(text: string, byStart: FormsByStart): string {
  const replaced = replaceKnown(text, byStart);
  if (!text.includes(ESCAPE)) return replaced;
  const plain = replaced.replaceAll(TERMINAL_SEQUENCE, '');
  return replaceKnown(plain, byStart) === plain
    ? replaced
    : replaceKnown(text.replaceAll(TERMINAL_SEQUENCE, ''), byStart);
}

/** Replaces each stretch covered by secrets; secrets that overlap become one mask, so that no end of one is left. */
function replaceKnown(text: string, byStart: FormsByStart): string {
  let result = '';
  let copiedTo = 0;
  let maskedTo = 0;
  for (let place = 0; place + SHORTEST <= text.length; place += 1) {
    const candidates = byStart.get(text.slice(place, place + SHORTEST));
    const length = candidates?.lengths.find((long) => candidates.forms.has(text.slice(place, place + long)));
    if (length === undefined) continue;
    if (place >= maskedTo) result += text.slice(copiedTo, place) + MASK;
    maskedTo = Math.max(maskedTo, place + length);
    copiedTo = maskedTo;
  }
  return result + text.slice(copiedTo);
}

function mapStrings(data: unknown, change: (text: string) => string): unknown {
  if (typeof data === 'string') return change(data);
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map((item) => mapStrings(item, change));
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [change(key), mapStrings(value, change)]),
  );
}
