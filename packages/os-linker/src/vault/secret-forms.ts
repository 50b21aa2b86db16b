/** A character → what stands for it. */
type Written = Readonly<Record<string, string>>;

/** Forms that keep only a part of the value need more of it, or they would match by chance. */
const SHORTEST_PART = 8;
/** Of two hexadecimal digits a byte: fewer of them are in every log as numbers. */
const SHORTEST_HEX = 8;

/** Written alike by URLs, JSON, HTML, programs and shells. */
const PLAIN = /^[\w.-]*$/;

/**
 * The ways in which a value comes into logs, answers and addresses, each once. Most values have nothing that would be
 * written differently by URLs, JSON, HTML or a shell, so that these forms are one and the same.
 *
 * @param value At least four characters.
 * @returns The value itself, encoded and quoted as a whole, the parts that base64 keeps, and each long line of it.
 */
export function formsOf(value: string): ReadonlySet<string> {
  if (PLAIN.test(value)) return new Set([value, ...base64Forms(value), ...hexForms(value)]);
  const lines = value
    .split(/\r?\n/)
    .filter((line) => line.length >= SHORTEST_PART && !line.startsWith('-----'));
  return new Set([
    value,
    ...jsonForms(value),
    ...urlForms(value),
    ...programForms(value),
    ...shellForms(value),
    ...htmlForms(value),
    ...base64Forms(value),
    ...hexForms(value),
    ...lines,
  ]);
}

/** Which characters become `\uXXXX`, and with which digits. */
const JSON_WRITERS = [
  // Python's `ensure_ascii`, Ruby, PHP; the others of ours.
  { escaped: /[^ -~]/, isUpper: false, slash: '/' },
  { escaped: /[^ -~]/, isUpper: false, slash: '\\/' },
  { escaped: /[^ -~]/, isUpper: true, slash: '/' },
  // Go, and whatever makes JSON safe for HTML.
  { escaped: /[<>&\u2028\u2029]/, isUpper: false, slash: '/' },
  { escaped: /[^ -~]|[<>&]/, isUpper: false, slash: '/' },
  // .NET.
  { escaped: /[^ -~]|[<>&'"+`]/, isUpper: true, slash: '/' },
] as const;

function jsonForms(value: string): readonly string[] {
  const short = (unit: string) => JSON.stringify(unit).slice(1, -1);
  const plain = short(value);
  const written = JSON_WRITERS.map(({ escaped, isUpper, slash }) =>
    eachUnit(value, (unit) => {
      if (unit === '/') return slash;
      // Half of a character has no other form than this unless everything beyond ASCII is escaped.
      const usual = /[\ud800-\udfff]/.test(unit) ? unit : short(unit);
      // What has an escape of two characters keeps it.
      if (usual.length === 2 && !(unit === '"' && escaped.test(unit))) return usual;
      if (usual.length === 1 && !escaped.test(unit)) return usual;
      const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${isUpper ? digits.toUpperCase() : digits}`;
    }),
  );
  return [plain, plain.replaceAll('/', '\\/'), ...written];
}

/** Nearly every library leaves other characters as they are. */
function urlForms(value: string): readonly string[] {
  // A lone surrogate cannot be URL-encoded; through UTF-8 it becomes the replacement character.
  const whole = Buffer.from(value).toString('utf8');
  const component = encodeURIComponent(whole);
  // RFC 3986, and Python's `quote`, which leaves the slash.
  const strict = component.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict, strict.replaceAll('%2F', '/'), encodeURI(whole)];
  const spaced = [component, strict].map((form) => form.replaceAll('%20', '+'));
  const asForm = new URLSearchParams({ k: whole }).toString().slice(2);
  const all = [...forms, ...spaced, asForm];
  return [...all, ...all.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** As programs print a text for debugging: Python's `repr` of text and bytes, and JavaScript's. */
function programForms(value: string): readonly string[] {
  const escapes: Written = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const text = [...value].map((char) => escapes[char] ?? escapeUnprinted(char)).join('');
  const bytes = [...Buffer.from(value)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return escapes[char] ?? (/[ -~]/.test(char) ? char : `\\x${hexDigits(byte, 2)}`);
    })
    .join('');
  return [text, bytes].flatMap((form) => [form, form.replaceAll("'", "\\'")]);
}

/** @source Python, str.isprintable: other and separator but for the space */
function escapeUnprinted(char: string): string {
  if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hexDigits(code, 2)}`;
  return code <= 0xffff ? `\\u${hexDigits(code, 4)}` : `\\U${hexDigits(code, 8)}`;
}

/** Within single quotes by shells and by Python's `shlex`, within double quotes, and by `printf %q`. */
function shellForms(value: string): readonly string[] {
  return [
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replace(/[\\"$`]/g, '\\$&'),
    value.replace(/[\s'"\\|&;()<>!{}*[\]?^$`,]/g, '\\$&'),
  ];
}

/** How the two kinds of quotes are written, where they are: in attributes always, in text by many. */
const HTML_QUOTES: readonly Written[] = [
  { '"': '"', "'": "'" },
  { '"': '&quot;', "'": "'" },
  { '"': '&quot;', "'": '&#39;' },
  { '"': '&quot;', "'": '&#039;' },
  { '"': '&quot;', "'": '&#x27;' },
  { '"': '&quot;', "'": '&apos;' },
  { '"': '&#34;', "'": '&#39;' },
];
const HTML_MARKS: Written = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Templates that trust nobody write these, too. */
const HTML_MORE: Written = { '/': '&#x2F;', '`': '&#x60;', '=': '&#x3D;' };

function htmlForms(value: string): readonly string[] {
  const writers = [...HTML_QUOTES, { ...HTML_MORE, '"': '&quot;', "'": '&#39;' }];
  return writers.map((quotes) => eachUnit(value, (unit) => HTML_MARKS[unit] ?? quotes[unit] ?? unit));
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

function hexForms(value: string): readonly string[] {
  const hex = Buffer.from(value).toString('hex');
  return hex.length < SHORTEST_HEX ? [] : [hex, hex.toUpperCase()];
}

function eachUnit(value: string, write: (unit: string) => string): string {
  return value.split('').map(write).join('');
}

function hexDigits(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}
