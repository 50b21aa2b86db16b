import { perlClass, posixClass, unicodeClass } from './regex-classes.js';
import { type CharacterSet, escaped, membersOf, type RegexTree } from './regex-tree.js';

/** Go refuses larger counts. */
const LARGEST_REPEAT = 1000;
/** Deep nesting is a mistake or an attack. */
const DEEPEST = 200;
const ESCAPED_CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

interface Flags {
  i: boolean;
  m: boolean;
  s: boolean;
}

/** Why an expression is refused. Never leaves this file: the parser is deep, and so are its refusals. */
class Refusal {
  constructor(readonly problem: string) {}
}

/**
 * Reads an expression of Go's RE2 syntax.
 *
 * @returns The tree, or what is wrong in the words of Go's regexp package.
 * @source https://github.com/google/re2/wiki/Syntax
 */
export function parseRegex(source: string): RegexTree | string {
  try {
    return new RegexParser(source).parse();
  } catch (thrown) {
    if (thrown instanceof Refusal) return `error parsing regexp: ${thrown.problem}`;
    throw thrown;
  }
}

class RegexParser {
  private readonly characters: readonly string[];
  private at = 0;
  private flags: Flags = { i: false, m: false, s: false };

  constructor(private readonly source: string) {
    this.characters = [...withoutQuotations(source)];
  }

  parse(): RegexTree {
    const tree = this.choice(0);
    if (this.at < this.characters.length) this.refuse('unexpected )', this.source);
    return tree;
  }

  private choice(depth: number): RegexTree {
    if (depth > DEEPEST) this.refuse('expression nests too deeply', this.source);
    const parts = [this.sequence(depth)];
    while (this.takes('|')) parts.push(this.sequence(depth));
    const [only] = parts;
    return only && parts.length === 1 ? only : { kind: 'choice', parts };
  }

  private sequence(depth: number): RegexTree {
    const parts: RegexTree[] = [];
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
      const began = this.at;
      if ('*+?'.includes(next)) this.refuse('missing argument to repetition operator', next);
      const part = this.atom(depth);
      const whole = part && this.repeated(part, began);
      if (whole && !isSameStar(parts.at(-1), whole)) parts.push(whole);
    }
    const [only] = parts;
    return only && parts.length === 1 ? only : { kind: 'sequence', parts };
  }

  private repeated(part: RegexTree, began: number): RegexTree {
    const first = this.repeatCount();
    if (!first) return part;
    this.takes('?');
    const operator = this.at;
    if (this.repeatCount()) this.refuse('invalid nested repetition operator', this.text(began, this.at));
    this.at = operator;
    const { min, max } = first;
    if (min > LARGEST_REPEAT || (max !== Number.POSITIVE_INFINITY && max > LARGEST_REPEAT) || min > max)
      this.refuse('invalid repeat count', this.text(began, this.at));
    return { kind: 'repeat', part, min, max };
  }

  private repeatCount(): { min: number; max: number } | undefined {
    if (this.takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.takes('?')) return { min: 0, max: 1 };
    const match = /^\{(\d{1,9})(?:(,)(\d{1,9})?)?\}/.exec(this.text(this.at, this.at + 24));
    if (!match) return undefined;
    this.at += match[0].length;
    const min = Number(match[1]);
    if (!match[2]) return { min, max: min };
    return { min, max: match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]) };
  }

  /** @returns undefined for a group that only sets flags. */
  private atom(depth: number): RegexTree | undefined {
    const character = this.take();
    if (character === '(') return this.group(depth);
    if (character === '[') return { kind: 'set', set: this.bracketed() };
    if (character === '.') return this.set(this.flags.s ? '' : '\\n', true);
    if (character === '^') return { kind: 'assert', what: this.flags.m ? 'lineBegin' : 'begin' };
    if (character === '$') return { kind: 'assert', what: this.flags.m ? 'lineEnd' : 'end' };
    return character === '\\' ? this.escape() : this.literal(character);
  }

  private group(depth: number): RegexTree | undefined {
    const outer = { ...this.flags };
    if (this.takes('?')) {
      const rest = this.text(this.at, this.at + 80);
      if (/^(?:<?[=!])/.test(rest))
        this.refuse('invalid or unsupported Perl syntax', `(?${rest.slice(0, 2)}`);
      const name = /^P?<[A-Za-z_]\w*>/.exec(rest);
      const flags = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
      const head = name ?? flags;
      if (!head) this.refuse('invalid or unsupported Perl syntax', `(?${rest.slice(0, 1)}`);
      this.at += head?.[0].length ?? 0;
      if (flags && !name) {
        this.setFlags(flags[1] ?? '', flags[2] ?? '');
        // Flags alone hold to the end of the group they stand in.
        if (flags[3] === ')') return undefined;
      }
    }
    const tree = this.choice(depth + 1);
    if (!this.takes(')')) this.refuse('missing closing )', this.source);
    this.flags = outer;
    return tree;
  }

  /** `U` only swaps greed, which a yes or no does not depend on. */
  private setFlags(on: string, off: string): void {
    this.flags = { ...this.flags };
    for (const name of ['i', 'm', 's'] as const) {
      if (on.includes(name)) this.flags[name] = true;
      if (off.includes(name)) this.flags[name] = false;
    }
  }

  private escape(): RegexTree {
    const next = this.peek();
    if (next === undefined) this.refuse('trailing backslash at end of expression', '');
    const assertion = ({ A: 'begin', z: 'end', b: 'wordEdge', B: 'noWordEdge' } as const)[next ?? ''];
    if (assertion) {
      this.at += 1;
      return { kind: 'assert', what: assertion };
    }
    const members = this.classEscape();
    return members === undefined ? this.set(escaped(this.codeEscape())) : this.set(members);
  }

  /** After the backslash: `\d`, `\pL`, `\p{Greek}`. @returns undefined for what is one character. */
  private classEscape(): string | undefined {
    const letter = this.peek() ?? '';
    if ('dDwWsS'.includes(letter)) {
      this.at += 1;
      return perlClass(letter);
    }
    if (letter !== 'p' && letter !== 'P') return undefined;
    const match = /^[pP](?:\{(\^?\w+)\}|(\w))/.exec(this.text(this.at, this.at + 64));
    const members = match && unicodeClass(match[1] ?? match[2] ?? '', letter === 'P');
    if (!match || members === undefined || members === null)
      this.refuse('invalid character class range', `\\${match?.[0] ?? letter}`);
    this.at += match?.[0].length ?? 0;
    return members ?? '';
  }

  /** After the backslash: one character. */
  private codeEscape(): number {
    const rest = this.text(this.at, this.at + 12);
    const match = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,8})\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(rest);
    if (match) {
      this.at += match[0].length;
      const code = match[3] ? Number.parseInt(match[3], 8) : Number.parseInt(match[1] ?? match[2] ?? '', 16);
      if (code > 0x10ffff) this.refuse('invalid escape sequence', `\\${match[0]}`);
      return code;
    }
    const character = this.take();
    const control = ESCAPED_CONTROLS[character];
    if (control !== undefined) return control;
    // Only what is no letter and no digit may be escaped without need; \1 would be a back-reference.
    const code = character.charCodeAt(0);
    if (code < 0x80 && !/[0-9A-Za-z]/.test(character)) return code;
    return this.refuse('invalid escape sequence', `\\${character}`);
  }

  private bracketed(): CharacterSet {
    const began = this.at - 1;
    const isNegated = this.takes('^');
    let members = '';
    for (let isFirst = true; isFirst || this.peek() !== ']'; isFirst = false) {
      if (this.peek() === undefined)
        this.refuse('missing closing ]', this.text(began, this.characters.length));
      members += this.posix() ?? this.member();
    }
    this.at += 1;
    return { members, isNegated, isFolded: this.flags.i };
  }

  private posix(): string | undefined {
    const match = /^\[:(\^?\w+):\]/.exec(this.text(this.at, this.at + 16));
    if (!match) return undefined;
    const members = posixClass(match[1] ?? '');
    if (members === undefined) this.refuse('invalid character class range', match[0]);
    this.at += match[0].length;
    return members;
  }

  /** One character, a range of them, or a class. */
  private member(): string {
    const began = this.at;
    if (this.takes('\\')) {
      const members = this.classEscape();
      if (members !== undefined) return members;
      this.at = began;
    }
    const first = this.memberCode();
    const isRange = this.peek() === '-' && this.characters[this.at + 1] !== ']';
    if (!isRange || this.characters[this.at + 1] === undefined) return escaped(first);
    this.at += 1;
    const last = this.memberCode();
    if (last < first) this.refuse('invalid character class range', this.text(began, this.at));
    return membersOf([[first, last]]);
  }

  private memberCode(): number {
    const character = this.take();
    return character === '\\' ? this.codeEscape() : (character.codePointAt(0) ?? 0);
  }

  private literal(character: string): RegexTree {
    return this.set(escaped(character.codePointAt(0) ?? 0));
  }

  private set(members: string, isNegated = false): RegexTree {
    return { kind: 'set', set: { members, isNegated, isFolded: this.flags.i } };
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private take(): string {
    const character = this.characters[this.at] ?? '';
    this.at += 1;
    return character;
  }

  private takes(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private text(from: number, to: number): string {
    return this.characters.slice(from, to).join('');
  }

  private refuse(problem: string, where: string): never {
    throw new Refusal(where === '' ? problem : `${problem}: \`${where}\``);
  }
}

/** `.*.*` says no more than `.*`, and a thousand of them would cost a thousand times as much at each character. */
function isSameStar(one: RegexTree | undefined, other: RegexTree): boolean {
  if (one?.kind !== 'repeat' || other.kind !== 'repeat') return false;
  if (one.min > 0 || other.min > 0 || one.max !== Number.POSITIVE_INFINITY || other.max !== one.max)
    return false;
  const [a, b] = [one.part, other.part];
  if (a.kind !== 'set' || b.kind !== 'set') return false;
  const isSameKind = a.set.isNegated === b.set.isNegated && a.set.isFolded === b.set.isFolded;
  return isSameKind && a.set.members === b.set.members;
}

/** `\Q...\E` means each of its characters: a repetition after it repeats the last one only. */
function withoutQuotations(source: string): string {
  return source.replace(/\\(?:Q([\s\S]*?)(?:\\E|$)|[\s\S])/g, (whole, quoted: string | undefined) => {
    if (quoted === undefined) return whole;
    return [...quoted].map((one) => `\\x{${(one.codePointAt(0) ?? 0).toString(16)}}`).join('');
  });
}
