import type { DreamnetEvent } from '@dreamnet/contracts';
import { spineError } from '../errors.js';

/** What a token may not hold as it is: the separator, the wildcards, the escape itself, blanks and controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const UNSAFE = /[.*>%\s\u0000-\u001f\u007f]/gu;

/**
 * Any text as one subject token: what would split it or read as a wildcard is percent-encoded, so that two texts
 * never share a token. The empty text becomes a lone `%`.
 */
export function escapeToken(text: string): string {
  return text === ''
    ? '%'
    : text.replace(UNSAFE, (character) => encodeURIComponent(character).replace(/[.*]/, percent));
}

/** `encodeURIComponent` leaves `.` and `*` as they are. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Where an event is published: its type's tokens, then its subject as one token (`alert.activated.researcher`). */
export function busSubject(event: Pick<DreamnetEvent, 'type' | 'subject'>): string {
  return `${event.type}.${escapeToken(event.subject)}`;
}

/** Decides whether a subject fits a pattern. */
export type SubjectMatcher = (subject: string) => boolean;

/**
 * Reads a pattern: dotted tokens, `*` for exactly one token, `>` at the end for one or more.
 *
 * @throws DN_SPINE_BAD_PATTERN
 * @source NATS subject-based messaging, "Wildcards"
 */
export function compilePattern(pattern: string): SubjectMatcher {
  const tokens = pattern.split('.');
  const rest = tokens.indexOf('>');
  if (tokens.includes('')) throw badPattern(pattern, 'it has an empty token');
  if (rest !== -1 && rest !== tokens.length - 1) throw badPattern(pattern, "'>' may stand at the end only");
  const mixed = tokens.find((token) => token.length > 1 && /[*>\s]/.test(token));
  if (mixed !== undefined) throw badPattern(pattern, `'${mixed}' mixes a wildcard or blank with text`);
  const fixed = rest === -1 ? tokens : tokens.slice(0, -1);
  return (subject) => {
    const parts = subject.split('.');
    const isLengthRight = rest === -1 ? parts.length === fixed.length : parts.length > fixed.length;
    return isLengthRight && fixed.every((token, index) => token === '*' || token === parts[index]);
  };
}

function badPattern(pattern: string, reason: string) {
  return spineError('DN_SPINE_BAD_PATTERN', { pattern, reason });
}
