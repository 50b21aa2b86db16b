import { depthProblem, parseJson } from './json.js';

/** No number a double holds has a longer literal, but for digits it cannot hold or zeros that say nothing. */
const LONGEST_LITERAL = 400;
/** The most digits `toPrecision` writes; a double tells 17 apart. */
const MOST_DIGITS = 100;
/** The sign survives always. */
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * The object or array that a text is, or undefined when it is anything else, nests deeper than `DEEPEST_JSON` levels, or holds a
 * number that would not come through: one with more digits than a double keeps (`12345678901234567890`), or too large or too small for one
 * (`1e999`). A number, `true` or a string alone is a text like another: `3.10` may be a version.
 */
export function parseExactly(text: string): unknown {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || depthProblem(value) !== undefined) return undefined;
  return everyNumberSurvives(text) ? value : undefined;
}

/** @param json Must be valid JSON. */
function everyNumberSurvives(json: string): boolean {
  let at = 0;
  while (at < json.length) {
    const letter = json.charAt(at);
    if (letter === '"') {
      at = endOfString(json, at);
    } else if (letter >= '0' && letter <= '9') {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(json)?.[0] ?? letter;
      if (!survives(literal)) return false;
      at += literal.length;
    } else {
      at += 1;
    }
  }
  return true;
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === '\\') at += 1;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}

/** Does the double give the literal's digits back, written with as many as it has? */
function survives(literal: string): boolean {
  if (literal.length > LONGEST_LITERAL) return false;
  const { digits, exponent } = scientific(literal);
  if (digits === '') return true;
  const value = Number(literal);
  if (digits.length > MOST_DIGITS || !Number.isFinite(value)) return false;
  const back = scientific(value.toPrecision(digits.length));
  return back.digits === digits && back.exponent === exponent;
}

/** The digits without zeros around them, and the power of ten of the first one. Zero has no digits. */
function scientific(literal: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return { digits: '', exponent: 0 };
  return {
    digits: all.slice(first).replace(/0+$/, ''),
    exponent: Number(power) + whole.length - 1 - first,
  };
}
