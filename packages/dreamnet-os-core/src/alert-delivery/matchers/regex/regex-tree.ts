/** What an expression asks at a place between two characters. */
export type Assertion = 'begin' | 'end' | 'lineBegin' | 'lineEnd' | 'wordEdge' | 'noWordEdge';

/** An expression of RE2's syntax, without what a yes or no does not need: captures and greed. */
export type RegexTree =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexTree[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexTree[] }
  | { readonly kind: 'repeat'; readonly part: RegexTree; readonly min: number; readonly max: number };

/** Characters, as what stands between the brackets of a JavaScript class with the `u` flag. */
export interface CharacterSet {
  readonly members: string;
  readonly isNegated: boolean;
  /** Are letters the same in both cases? */
  readonly isFolded: boolean;
}

/** First and last code points. */
export type CodeRange = readonly [number, number];

const LAST_CODE_POINT = 0x10ffff;

/** The ranges as members of a class. */
export function membersOf(ranges: readonly CodeRange[]): string {
  return ranges
    .map(([first, last]) => (first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`))
    .join('');
}

/** Everything else. The ranges must be in order and apart. */
export function complementOf(ranges: readonly CodeRange[]): CodeRange[] {
  const rest: CodeRange[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) rest.push([next, LAST_CODE_POINT]);
  return rest;
}

/** A code point that means nothing but itself, wherever it stands. */
export function escaped(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

/** How a character that means nothing but itself is written. */
const ONE_CHARACTER = /^\\u\{([0-9a-f]+)\}$/;

/** The code point that alone is in the set; undefined when there are more, or both cases of it. */
export function onlyCharacter(set: CharacterSet): number | undefined {
  return set.isFolded ? undefined : loneCharacter(set);
}

/** The same, be it in both cases. */
export function loneCharacter({ members, isNegated }: CharacterSet): number | undefined {
  const code = isNegated ? undefined : ONE_CHARACTER.exec(members)?.[1];
  return code === undefined ? undefined : Number.parseInt(code, 16);
}
