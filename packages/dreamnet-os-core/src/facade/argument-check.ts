import { coreError } from '../errors.js';
import { foundText } from '../found-text.js';

const KINDS = {
  object: { words: 'an object', test: isRecord },
  text: { words: 'a text', test: (value: unknown) => typeof value === 'string' },
  'list of objects': {
    words: 'a list of objects',
    test: (value: unknown) => Array.isArray(value) && value.every(isRecord),
  },
  function: { words: 'a function', test: (value: unknown) => typeof value === 'function' },
} as const;

/**
 * Refuses what a program without types gave where it cannot be meant, before anything is done with it.
 *
 * @param place The call and its argument, such as `silence(request)`.
 * @throws DN_CORE_ARGUMENT
 */
export function mustBe(kind: keyof typeof KINDS, place: string, value: unknown): void {
  const { words, test } = KINDS[kind];
  if (!test(value)) throw coreError('DN_CORE_ARGUMENT', { place, expected: words, found: foundText(value) });
}

/** The same for one of several texts. @throws DN_CORE_ARGUMENT */
export function mustBeOneOf(texts: readonly string[], place: string, value: unknown): void {
  if (typeof value === 'string' && texts.includes(value)) return;
  const expected = texts.map((text) => `'${text}'`).join(', ');
  throw coreError('DN_CORE_ARGUMENT', { place, expected: `one of ${expected}`, found: foundText(value) });
}

/** The same for a number within limits; undefined is left out. @throws DN_CORE_ARGUMENT */
export function mustBeWithin(place: string, value: unknown, [least, most]: readonly [number, number]): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  const limits = most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`;
  throw coreError('DN_CORE_ARGUMENT', { place, expected: `a number ${limits}`, found: foundText(value) });
}

/** An object whose keys are all known: a slip in a name would be passed over else. @throws DN_CORE_ARGUMENT */
export function mustKnow(known: readonly string[], place: string, value: object): void {
  mustBe('object', place, value);
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  const expected = `one of ${known.map((key) => `'${key}'`).join(', ')}`;
  throw coreError('DN_CORE_ARGUMENT', { place: `${place}: ${stranger}`, expected, found: 'no option' });
}

/** The same for alert rules: what each is called, and what it looks at. @throws DN_CORE_ARGUMENT */
export function mustBeRules(place: string, rules: unknown): void {
  if (rules === undefined) return;
  mustBe('list of objects', place, rules);
  for (const [at, { name, trigger }] of (rules as { name?: unknown; trigger?: unknown }[]).entries()) {
    mustBe('text', `${place}[${at}].name`, name);
    mustBe('object', `${place}[${at}].trigger`, trigger);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
