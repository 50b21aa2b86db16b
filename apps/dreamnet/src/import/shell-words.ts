/** `NAME=value` in front of a command. */
const ASSIGNS = /^\s*\w+=/;
/** What only a shell understands: pipes, lists, redirections, expansions, patterns, comments. */
const NEEDS_SHELL = /[|&;<>()$`*?[\]#~]|\n/;

/**
 * Splits a command line into words as a shell does, quotes and backslashes included.
 *
 * @param isLiteral What only a shell understands stands for itself, as where no shell is involved.
 * @returns Undefined when it needs a shell, or a quote is left open.
 */
export function splitWords(line: string, isLiteral = false): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line.trim();
  while (rest !== '') {
    const piece = nextPiece(rest, isLiteral);
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

function nextPiece(rest: string, isLiteral: boolean): Piece | undefined {
  const space = /^\s+/.exec(rest)?.[0];
  if (space !== undefined) return { length: space.length, text: undefined };
  const single = /^'([^']*)'/.exec(rest);
  if (single) return { length: single[0].length, text: single[1] ?? '' };
  const double = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(rest);
  if (double?.[1] !== undefined) {
    if (!isLiteral && /(^|[^\\])[$`]/.test(double[1])) return undefined;
    return { length: double[0].length, text: double[1].replace(/\\(["\\$`])/g, '$1') };
  }
  const escaped = /^\\([\s\S])/.exec(rest);
  if (escaped) return { length: 2, text: escaped[1] ?? '' };
  const plain = /^[^\s'"\\]+/.exec(rest)?.[0];
  if (plain === undefined || (!isLiteral && NEEDS_SHELL.test(plain))) return undefined;
  return { length: plain.length, text: plain };
}

/**
 * The command of the fleet file for a command line that a shell was to run: its words, or a shell when it needs one.
 *
 * @returns Undefined for an empty line.
 */
export function toCommand(line: string): readonly [string, ...string[]] | undefined {
  return asCommand(ASSIGNS.test(line) ? undefined : splitWords(line), line);
}

/**
 * The command for a line that no shell was to run: its words as they stand. One with `$NAME`, which the other tool
 * filled in itself, gets a shell to do that.
 *
 * @returns Undefined for an empty line.
 */
export function toLiteralCommand(line: string): readonly [string, ...string[]] | undefined {
  const isFilledIn = /\$[A-Za-z_{]/.test(line.replaceAll('$$', ''));
  if (isFilledIn) return asCommand(undefined, line.replaceAll('$$', '\\$'));
  const plain = line.replaceAll('$$', '$');
  return asCommand(splitWords(plain, true), plain);
}

function asCommand(words: string[] | undefined, line: string): readonly [string, ...string[]] | undefined {
  const [program, ...rest] = words ?? ['sh', '-c', line.trim()];
  return program === undefined || line.trim() === '' ? undefined : [program, ...rest];
}
