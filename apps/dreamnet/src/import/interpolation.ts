/** A variable that the other tool filled in while it read its file. */
export interface Reference {
  readonly name: string;
  /** What is done when it is not set (with a colon: or empty), as a shell does it; '' for nothing. */
  readonly rule: string;
  /** What comes after the rule: a default, a message. */
  readonly word: readonly Part[];
  /** Written without braces. */
  readonly isBare: boolean;
}

/** What stands for itself, or a variable. */
export type Part = string | Reference;

/** Longer ones are no references: looking for the end of each that has none would take forever in a file made for that. */
const LONGEST_REFERENCE = 1024;
/** Defaults within defaults; what is deeper stands for itself. */
const MOST_LEVELS = 8;

/** A text with `$NAME`, `${NAME}`, `${NAME:-default}` and their kin taken out of it; `$$` is a plain `$`. */
export function partsOf(text: string, level = 0): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    const found = partAt(text.slice(at), level);
    if (!found) {
      at += 1;
      continue;
    }
    if (at > from) parts.push(text.slice(from, at));
    parts.push(found.part);
    at += found.length;
    from = at;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** What a text begins with: a doubled dollar or a variable; undefined for anything else. */
export function partAt(text: string, level = 0): { part: Part; length: number } | undefined {
  if (text.startsWith('$$')) return { part: '$', length: 2 };
  const bare = /^\$([A-Za-z_]\w*)/.exec(text);
  if (bare?.[1]) return { part: { name: bare[1], rule: '', word: [], isBare: true }, length: bare[0].length };
  const [head, name, rule = ''] = /^\$\{([A-Za-z_]\w*)(:?[-?+])?/.exec(text) ?? [];
  if (head === undefined || name === undefined || level > MOST_LEVELS) return undefined;
  const end = rule === '' ? head.length : closingBrace(text, head.length);
  if (end === undefined || text[end] !== '}') return undefined;
  const word = partsOf(text.slice(head.length, end), level + 1);
  return { part: { name, rule, word, isBare: false }, length: end + 1 };
}

/** Every variable in it, those within defaults included. */
export function referencesIn(parts: readonly Part[]): Reference[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part, ...referencesIn(part.word)]));
}

/** Whether what is not set comes to something nevertheless: its default, or nothing. */
export function hasDefault({ rule }: Reference): boolean {
  return rule.endsWith('-') || rule.endsWith('+');
}

/** A text with the defaults of its variables filled in. */
export interface Defaulted {
  /** Those without a default stand as `${NAME}`. */
  readonly text: string;
  readonly parts: readonly Part[];
  /** The names of those whose defaults stand in it. */
  readonly defaults: string[];
  /** None is without a default. */
  readonly isWhole: boolean;
}

/** The text where none of its variables is set. */
export function withDefaults(parts: readonly Part[]): Defaulted {
  const filled = { text: '', parts: [] as Part[], defaults: [] as string[], isWhole: true };
  for (const part of parts) {
    if (typeof part === 'string') {
      filled.text += part;
      filled.parts.push(part);
    } else if (hasDefault(part)) {
      const inner = part.rule.endsWith('-') ? withDefaults(part.word) : withDefaults([]);
      filled.text += inner.text;
      filled.parts.push(...inner.parts);
      filled.defaults.push(part.name, ...inner.defaults);
      filled.isWhole &&= inner.isWhole;
    } else {
      filled.text += `\${${part.name}}`;
      filled.parts.push({ name: part.name, rule: '', word: [], isBare: false });
      filled.isWhole = false;
    }
  }
  return filled;
}

function closingBrace(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < Math.min(text.length, LONGEST_REFERENCE); at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return undefined;
}
