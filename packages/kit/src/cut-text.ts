/** What is left out of a text is told by its length, in about so many characters. */
const NOTE_LENGTH = 40;

/** Deeper than any evidence of ours. */
const DEEPEST = 8;

/** The most that is kept of a value, in characters. */
export interface CutLimits {
  /** Of each text in it. */
  text: number;
  /** Of all its texts, names of members and numbers together. */
  total: number;
}

/**
 * A text that came from elsewhere, at most `limit` characters long: the beginning, and how much was left out. Never ends in
 * half a character.
 *
 * @param limit In UTF-16 code units; at least 80.
 */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - NOTE_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${text.length - kept.length} more characters)`;
}

/**
 * The same for JSON that came from elsewhere, such as evidence: every text is cut, and what goes beyond the total is left out
 * and counted. A value that is within the limits is returned as it is.
 */
export function cutValue<T>(value: T, limits: CutLimits): T {
  const cutter = new Cutter(limits);
  const cut = cutter.cut(value, 0);
  return cutter.hasCut ? (cut as T) : value;
}

class Cutter {
  hasCut = false;
  private left: number;

  constructor(private readonly limits: CutLimits) {
    this.left = limits.total;
  }

  cut(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.cutString(value);
    if (typeof value !== 'object' || value === null) {
      this.left -= 8;
      return value;
    }
    if (depth >= DEEPEST) return this.leftOut('nested deeper than is kept');
    return Array.isArray(value) ? this.cutList(value, depth) : this.cutObject(value, depth);
  }

  private cutString(text: string): string {
    const limit = Math.max(2 * NOTE_LENGTH, Math.min(this.limits.text, this.left));
    this.left -= Math.min(text.length, limit);
    if (text.length <= limit) return text;
    this.hasCut = true;
    return cutText(text, limit);
  }

  private cutList(list: readonly unknown[], depth: number): unknown[] {
    const kept: unknown[] = [];
    for (const one of list) {
      if (this.left <= 0) {
        kept.push(this.leftOut(`${list.length - kept.length} more`));
        return kept;
      }
      kept.push(this.cut(one, depth + 1));
    }
    return kept;
  }

  private cutObject(value: object, depth: number): unknown {
    const prototype: unknown = Object.getPrototypeOf(value);
    // Such as a date or bytes: nothing that came as JSON.
    if (prototype !== Object.prototype && prototype !== null) return value;
    const kept: [string, unknown][] = [];
    const names = Object.keys(value);
    for (const name of names) {
      if (this.left <= 0) {
        kept.push(['…', this.leftOut(`${names.length - kept.length} more`)]);
        break;
      }
      kept.push([this.cutString(name), this.cut((value as Record<string, unknown>)[name], depth + 1)]);
    }
    return Object.fromEntries(kept);
  }

  private leftOut(what: string): string {
    this.hasCut = true;
    return `… (${what})`;
  }
}
