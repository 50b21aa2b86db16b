import { type Part, partAt, partsOf, type Reference, referencesIn } from './interpolation.js';
import { DOUBLE_QUOTED, LONGEST_LINE, SINGLE_QUOTED } from './shell-words.js';

/** A command, and the variables that whoever runs it must have. */
export interface FilledCommand {
  readonly command: readonly [string, ...string[]];
  readonly references: readonly Reference[];
}

/** A stretch of a word. What is filled in outside of quotes may become several words. */
interface Piece {
  readonly parts: readonly Part[];
  readonly isQuoted: boolean;
}
type Word = readonly Piece[];

/** What a shell takes for itself outside of quotes; braces are bash's. */
const SPECIAL = /[|&;<>()$`*?[\]#~"'\\!{}^]/g;
/** And within double quotes. */
const SPECIAL_IN_QUOTES = /["\\$`]/g;
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * The command for one that no shell was to run, after the other tool had filled variables in. One with variables gets a
 * shell that fills them in and takes everything else as it stands.
 *
 * @param given A text is split into words, a list is one of words.
 * @returns Undefined when nothing is given.
 */
export function toFilledCommand(given: readonly (string | readonly string[])[]): FilledCommand | undefined {
  const split = given.map((one) => (typeof one === 'string' ? splitText(one) : one.map(wordOfList)));
  // A quote is left open: only a shell can say what is wrong with it.
  if (split.includes(undefined))
    return { command: ['sh', '-c', given.flat().join(' ').trim()], references: [] };
  return commandOfWords(split.flatMap((one) => one ?? []));
}

/** The same for words that have been taken apart already. @returns Undefined when there is none. */
export function commandOfParts(words: readonly (readonly Part[])[]): FilledCommand | undefined {
  return commandOfWords(words.map((parts) => [{ parts, isQuoted: true }]));
}

/** A text as a shell is to read it: one word, its variables filled in and nothing else. */
export function writeText(parts: readonly Part[]): string {
  return writeQuoted({ parts, isQuoted: true }, false);
}

function commandOfWords(words: readonly Word[]): FilledCommand | undefined {
  const references = words.flatMap((word) => word.flatMap(({ parts }) => referencesIn(parts)));
  if (references.length > 0) return { command: ['sh', '-c', words.map(writeWord).join(' ')], references };
  const [program, ...rest] = words.map((word) => word.flatMap(({ parts }) => parts).join(''));
  return program === undefined ? undefined : { command: [program, ...rest], references };
}

function wordOfList(text: string): Word {
  return [{ parts: partsOf(text), isQuoted: true }];
}

/** Undefined when a quote is left open, or it is longer than any command. */
function splitText(line: string): Word[] | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  const words: Word[] = [];
  let word: Piece[] | undefined;
  let rest = line.trim();
  while (rest !== '') {
    const spaces = /^\s+/.exec(rest)?.[0].length ?? 0;
    const found = spaces === 0 ? nextPiece(rest) : undefined;
    if (spaces === 0 && found === undefined) return undefined;
    rest = rest.slice(found?.length ?? spaces);
    if (!found) word = undefined;
    else if (word) word.push(found.piece);
    else {
      word = [found.piece];
      words.push(word);
    }
  }
  return words;
}

function nextPiece(rest: string): { piece: Piece; length: number } | undefined {
  const single = SINGLE_QUOTED.exec(rest);
  if (single) return asPiece(partsOf(single[1] ?? ''), single[0].length, true);
  const double = DOUBLE_QUOTED.exec(rest);
  if (double) {
    const text = (double[1] ?? '').replace(/\\(["\\$`])/g, '$1');
    return asPiece(partsOf(text), double[0].length, true);
  }
  const escaped = /^\\[\s\S]/.exec(rest)?.[0];
  if (escaped !== undefined) {
    // Variables were filled in before any backslash was looked at.
    const filled = partAt(rest.slice(1));
    return asPiece([filled?.part ?? escaped.slice(1)], 1 + (filled?.length ?? 1), true);
  }
  const filled = partAt(rest);
  if (filled) return asPiece([filled.part], filled.length, false);
  const plain = /^(?:[^\s'"\\$]+|\$)/.exec(rest)?.[0];
  return plain === undefined ? undefined : asPiece([plain], plain.length, false);
}

function asPiece(parts: readonly Part[], length: number, isQuoted: boolean) {
  return { piece: { parts, isQuoted }, length };
}

/** A word as a shell is to read it. */
function writeWord(word: Word): string {
  const isAlone = word.length === 1;
  return word
    .map((piece) => (piece.isQuoted ? writeQuoted(piece, isAlone) : writeBare(piece.parts)))
    .join('');
}

function writeQuoted({ parts }: Piece, isAlone: boolean): string {
  if (parts.every((part) => typeof part === 'string')) {
    const text = parts.join('');
    // Beside `$NAME` it would become part of the name.
    if (isAlone && PLAIN.test(text)) return text;
    if (!text.includes("'")) return `'${text}'`;
  }
  const shield = (text: string) => text.replace(SPECIAL_IN_QUOTES, '\\$&');
  return `"${parts.map((part) => writePart(part, shield)).join('')}"`;
}

function writeBare(parts: readonly Part[]): string {
  return parts.map((part) => writePart(part, (text) => text.replace(SPECIAL, '\\$&'))).join('');
}

function writePart(part: Part, shield: (text: string) => string): string {
  if (typeof part === 'string') return shield(part);
  if (part.isBare) return `$${part.name}`;
  return `\${${part.name}${part.rule}${part.word.map((inner) => writePart(inner, shield)).join('')}}`;
}
