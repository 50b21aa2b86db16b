import { type CodeRange, complementOf, membersOf } from './regex-tree.js';

const DIGIT: CodeRange = [0x30, 0x39];
const UPPER: CodeRange = [0x41, 0x5a];
const LOWER: CodeRange = [0x61, 0x7a];
const UNDERSCORE: CodeRange = [0x5f, 0x5f];

/** In Go these are ASCII; JavaScript's `\s` has more. */
const PERL: Readonly<Record<string, readonly CodeRange[]>> = {
  d: [DIGIT],
  w: [DIGIT, UPPER, UNDERSCORE, LOWER],
  s: [
    [0x09, 0x0a],
    [0x0c, 0x0d],
    [0x20, 0x20],
  ],
};

const POSIX: Readonly<Record<string, readonly CodeRange[]>> = {
  alnum: [DIGIT, UPPER, LOWER],
  alpha: [UPPER, LOWER],
  ascii: [[0x00, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0x00, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: [DIGIT],
  graph: [[0x21, 0x7e]],
  lower: [LOWER],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper: [UPPER],
  word: [DIGIT, UPPER, UNDERSCORE, LOWER],
  xdigit: [DIGIT, [0x41, 0x46], [0x61, 0x66]],
};

/** `\d`, `\W` and their like, by their letter. @returns undefined when it is none. */
export function perlClass(letter: string): string | undefined {
  const ranges = PERL[letter.toLowerCase()];
  if (!ranges) return undefined;
  return membersOf(letter === letter.toLowerCase() ? ranges : complementOf(ranges));
}

/** `[:alpha:]` or `[:^alpha:]`, without the brackets. @returns undefined when there is no such class. */
export function posixClass(name: string): string | undefined {
  const isNegated = name.startsWith('^');
  const ranges = POSIX[isNegated ? name.slice(1) : name];
  return ranges && membersOf(isNegated ? complementOf(ranges) : ranges);
}

/**
 * `\pL`, `\p{Greek}`, `\P{^Lu}`: general categories by their short names, and scripts.
 *
 * @returns undefined when there is no such class.
 */
export function unicodeClass(name: string, isNegated: boolean): string | undefined {
  const isTwice = name.startsWith('^');
  const plain = isTwice ? name.slice(1) : name;
  const letter = isNegated !== isTwice ? 'P' : 'p';
  if (plain === 'Any') return letter === 'p' ? membersOf([[0, 0x10ffff]]) : '';
  const candidates = [`\\${letter}{gc=${plain}}`, `\\${letter}{sc=${plain}}`];
  return candidates.find(isClass);
}

function isClass(text: string): boolean {
  try {
    return new RegExp(`[${text}]`, 'u') !== undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}
