/** Shorter values are too common in ordinary text: replacing them would make logs unreadable and help nobody. */
const SHORTEST = 4;
/** Forms that keep only a part of the value need more of it, or they would match by chance. */
const SHORTEST_PART = 8;
const MASK = '<secret>';

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
 * as an Authorization header), URL-encoded, JSON-escaped, and each line of a value of several lines.
 */
export function createRedactor(): Redactor {
  const byStart: FormsByStart = new Map();
  const redact = (text: string) => (byStart.size === 0 ? text : replaceKnown(text, byStart));
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

function formsOf(value: string): readonly string[] {
  // A lone surrogate cannot be URL-encoded; through UTF-8 it becomes the replacement character.
  const encoded = encodeURIComponent(Buffer.from(value).toString('utf8'));
  const lines = value
    .split(/\r?\n/)
    .filter((line) => line.length >= SHORTEST_PART && !line.startsWith('-----'));
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    ...base64Forms(value),
    ...(lines.length > 1 || lines[0] !== value ? lines : []),
  ];
}

/** Base64 takes three bytes at a time, so a value within a longer text has three faces. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const forms = [bytes.toString('base64').replace(/=+$/, '')];
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString('base64');
    const part = offset === 0 ? whole : whole.slice(4);
    if (part.length >= SHORTEST_PART) forms.push(part);
  }
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
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
