import type { LabelMatcher } from '@dreamnet/contracts';
import type { ReadMatchers } from './classic-syntax.js';
import { problemOfMatcher } from './label-matching.js';

type TokenKind = 'open' | 'close' | 'comma' | 'operator' | 'text';

interface Token {
  kind: TokenKind;
  /** As it is meant: without quotes and escapes. */
  text: string;
  /** In characters from the start. */
  column: number;
}

/** What a bare name or value may not hold. */
const RESERVED = /[\s{}!=~,\\"'`]/;
const SINGLE: Readonly<Record<string, TokenKind>> = { '{': 'open', '}': 'close', ',': 'comma' };
/** The escapes of a Go string in double quotes that stand for one character. */
const ESCAPED: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/**
 * Reads matchers in the strict syntax of Alertmanager 0.27 and newer: any name and value in double quotes, bare ones
 * without reserved characters; braces come in pairs.
 *
 * @source https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export function readUtf8(text: string): ReadMatchers {
  const tokens = tokensOf(text);
  if (typeof tokens === 'string') return { ok: false, problem: tokens };
  const hasBraces = tokens[0]?.kind === 'open';
  if (hasBraces) {
    tokens.shift();
    const last = tokens.pop();
    if (last?.kind !== 'close') return { ok: false, problem: 'expected close brace' };
  }
  return readList(tokens);
}

/** matcher (comma matcher)* comma? */
function readList(tokens: readonly Token[]): ReadMatchers {
  const matchers: LabelMatcher[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const matcher = readOne(tokens.slice(at, at + 3));
    if (typeof matcher === 'string') return { ok: false, problem: matcher };
    matchers.push(matcher);
    const next = tokens[at + 3];
    if (next && next.kind !== 'comma')
      return { ok: false, problem: unexpected(next, 'a comma or close brace') };
  }
  return { ok: true, matchers };
}

function readOne([name, operator, value]: readonly Token[]): LabelMatcher | string {
  if (name?.kind !== 'text') return unexpected(name, 'a label name');
  if (operator?.kind !== 'operator')
    return unexpected(operator, "an operator such as '=', '!=', '=~' or '!~'");
  if (value?.kind !== 'text') return unexpected(value, 'a label value');
  const matcher: LabelMatcher = {
    name: name.text,
    value: value.text,
    isRegex: operator.text.endsWith('~'),
    isEqual: operator.text.startsWith('='),
  };
  return problemOfMatcher(matcher) ?? matcher;
}

function unexpected(token: Token | undefined, wanted: string): string {
  return token
    ? `0:${token.column}: unexpected ${token.text}: expected ${wanted}`
    : `end of input: expected ${wanted}`;
}

function tokensOf(text: string): Token[] | string {
  const characters = [...text];
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    const read = tokenAt(characters, at);
    if (typeof read === 'string') return read;
    tokens.push(read.token);
    at += read.length;
  }
  return tokens;
}

function tokenAt(characters: readonly string[], at: number): { token: Token; length: number } | string {
  const character = characters[at] ?? '';
  const single = SINGLE[character];
  if (single) return { token: { kind: single, text: character, column: at }, length: 1 };
  if (character === '=' || character === '!') return operatorAt(characters, at);
  if (character === '"') return quotedAt(characters, at);
  if (RESERVED.test(character)) return `0:${at}: ${character}: invalid input`;
  let end = at;
  while (end < characters.length && !RESERVED.test(characters[end] ?? '')) end += 1;
  return { token: { kind: 'text', text: characters.slice(at, end).join(''), column: at }, length: end - at };
}

function operatorAt(characters: readonly string[], at: number): { token: Token; length: number } | string {
  const two = `${characters[at]}${characters[at + 1] ?? ''}`;
  if (two === '=~' || two === '!=' || two === '!~')
    return { token: { kind: 'operator', text: two, column: at }, length: 2 };
  if (characters[at] === '=') return { token: { kind: 'operator', text: '=', column: at }, length: 1 };
  return `0:${at}: ${two}: expected one of '=~'`;
}

function quotedAt(characters: readonly string[], at: number): { token: Token; length: number } | string {
  let text = '';
  for (let place = at + 1; place < characters.length; place += 1) {
    const character = characters[place] ?? '';
    if (character === '"') return { token: { kind: 'text', text, column: at }, length: place - at + 1 };
    if (character === '\n') break;
    if (character !== '\\') {
      text += character;
      continue;
    }
    const read = escapeAt(characters, place + 1);
    if (read === undefined) return `0:${place}: invalid input: unknown escape`;
    text += read.text;
    place += read.length;
  }
  return `0:${at}: missing end "`;
}

/** `\n`, `\x41`, `\u00e4`, `\U0001f642`, `\101`. */
function escapeAt(characters: readonly string[], at: number): { text: string; length: number } | undefined {
  const first = characters[at] ?? '';
  const simple = ESCAPED[first];
  if (simple !== undefined) return { text: simple, length: 1 };
  const rest = characters.slice(at, at + 9).join('');
  const match = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(rest);
  if (!match) return undefined;
  const code = Number.parseInt(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', match[4] ? 8 : 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { text: String.fromCodePoint(code), length: match[0].length };
}
