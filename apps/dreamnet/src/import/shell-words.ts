/** `NAME=value` in front of a command. */
const ASSIGNS = /^\s*\w+=/;
/** What only a shell understands: pipes, lists, redirections, expansions, patterns, comments. */
const NEEDS_SHELL = /[|&;<>()$`*?[\]#~]|\n/;
/** No process can be given what is longer, and looking through it for quotes would be more than the stack holds. */
export const LONGEST_LINE = 1024 * 1024;
/** What stands between single quotes at the beginning of a text. */
export const SINGLE_QUOTED = /^'([^']*)'/;
/** The same of double ones, in which a backslash takes what comes after it along. */
export const DOUBLE_QUOTED = /^"((?:[^"\\]|\\[\s\S])*)"/;

/**
 * Splits a command line into words as a shell does, quotes and backslashes included.
 *
 * @returns Undefined when it needs a shell, a quote is left open, or it is longer than any command.
 */
export function splitWords(line: string): string[] | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  const words: string[] = [];
  let word: string | undefined;
  let rest = line.trim();
  while (rest !== '') {
    const piece = nextPiece(rest);
    if (piece === undefined) return undefined;
    rest = rest.slice(piece.length);
    if (piece.text === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + piece.text;
  }
  return word === undefined ? words : [...words, word];
}

interface Piece {
  length: number;
  /** Undefined for the space between two words. */
  text: string | undefined;
}

function nextPiece(rest: string): Piece | undefined {
  const space = /^\s+/.exec(rest)?.[0];
  if (space !== undefined) return { length: space.length, text: undefined };
  const single = SINGLE_QUOTED.exec(rest);
  if (single) return { length: single[0].length, text: single[1] ?? '' };
  const double = DOUBLE_QUOTED.exec(rest);
  if (double?.[1] !== undefined) {
    if (/(^|[^\\])[$`]/.test(double[1])) return undefined;
    return { length: double[0].length, text: double[1].replace(/\\(["\\$`])/g, '$1') };
  }
  const escaped = /^\\([\s\S])/.exec(rest);
  if (escaped) return { length: 2, text: escaped[1] ?? '' };
  const plain = /^[^\s'"\\]+/.exec(rest)?.[0];
  if (plain === undefined || NEEDS_SHELL.test(plain)) return undefined;
  return { length: plain.length, text: plain };
}

/**
 * The command of the fleet file for a command line that a shell was to run: its words, or a shell when it needs one.
 *
 * @returns Undefined for an empty line.
 */
export function toCommand(line: string): readonly [string, ...string[]] | undefined {
  const words = ASSIGNS.test(line) ? undefined : splitWords(line);
  const [program, ...rest] = words ?? ['sh', '-c', line.trim()];
  return program === undefined || line.trim() === '' ? undefined : [program, ...rest];
}
