import { parseRegex } from './parse-regex.js';
import { createAutomaton } from './regex-automaton.js';
import { prefixOf, textsOf } from './regex-texts.js';
import type { Assertion, RegexTree } from './regex-tree.js';
import { type RequiredTexts, requiredTexts } from './required-texts.js';

/** Asks whether a whole text matches; undefined when that would take too long to tell. */
export type TextTest = (text: string) => boolean | undefined;

export type CompiledRegex =
  | {
      readonly ok: true;
      readonly test: TextTest;
      /** The only texts that match, when they are few. */
      readonly texts?: readonly string[];
      /** What is in every text that matches. */
      readonly required?: RequiredTexts;
    }
  | { readonly ok: false; readonly problem: string };

/** With more unbounded repetitions the engine's backtracking costs a higher power of the length than its square. */
const MOST_UNBOUNDED = 2;
/** Beyond this length even the square is too much: the automaton goes through any text once. */
const LONGEST_SQUARE = 512;
/** So often an expression may take as long as a search may at most. */
const MOST_GIVEN_UP = 10;
/** The engine compiles every set where it stands, on first use: of more than these it would take long. */
const MOST_SETS = 200;

/** None of these depends on a flag, and `^` and `$` would with some. */
const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  begin: '(?<![\\s\\S])',
  end: '(?![\\s\\S])',
  lineBegin: '(?<![^\\n])',
  lineEnd: '(?![^\\n])',
  wordEdge: '\\b',
  noWordEdge: '\\B',
};

/** Compiled ones, so that reading a matcher, checking it and using it cost one compilation. Cleared when full. */
const known = new Map<string, CompiledRegex>();
const MOST_KNOWN = 1000;
/** A program of the largest size comes from less; reading half a megabyte takes seconds. */
const LONGEST_SOURCE = 20_000;

/**
 * Compiles an expression of Go's RE2 syntax, anchored at both ends as in a matcher. It means what it means to
 * Alertmanager, and no text can make it slow: what the JavaScript engine would try in too many ways runs on an
 * automaton, whose work for one text is bounded; an expression that went beyond that several times is not tried again.
 */
export function compileRegex(source: string): CompiledRegex {
  if (source.length > LONGEST_SOURCE)
    return { ok: false, problem: 'error parsing regexp: expression is too large' };
  const cached = known.get(source);
  if (cached) return cached;
  if (known.size >= MOST_KNOWN) known.clear();
  const compiled = compileTree(parseRegex(`^(?:${source})$`));
  known.set(source, compiled);
  return compiled;
}

function compileTree(tree: RegexTree | string): CompiledRegex {
  if (typeof tree === 'string') return { ok: false, problem: tree };
  const automaton = createAutomaton(tree);
  const slow = automaton && withPatience(automaton);
  if (!slow) return { ok: false, problem: 'error parsing regexp: expression is too large' };
  const texts = textsOf(tree);
  if (texts) {
    const all = new Set(texts);
    return { ok: true, texts, test: (text) => all.has(text) };
  }
  const prefix = prefixOf(tree);
  const test = searchOf(tree, slow);
  // Most texts are told apart by how they begin, which costs a fraction of a search.
  const required = requiredTexts(tree);
  return {
    ok: true,
    test: prefix === '' ? test : (text) => text.startsWith(prefix) && test(text),
    ...(required && { required }),
  };
}

function withPatience(test: TextTest): TextTest {
  let givenUp = 0;
  return (text) => {
    if (givenUp >= MOST_GIVEN_UP) return undefined;
    const answer = test(text);
    if (answer === undefined) givenUp += 1;
    return answer;
  };
}

function searchOf(tree: RegexTree, slow: TextTest): TextTest {
  if (!isQuick(tree)) return slow;
  const quick = new RegExp(sourceOf(tree), isFolded(tree) ? 'iu' : 'u');
  const isLinear = unboundedIn(tree) < MOST_UNBOUNDED;
  return (text) => (isLinear || text.length <= LONGEST_SQUARE ? quick.test(text) : slow(text));
}

/** May the engine have it? Nothing repeated within a repetition, little repeated at all, one case for all. */
function isQuick(tree: RegexTree): boolean {
  const sets = setsOf(tree);
  const isFoldedFirst = isFolded(tree);
  if (sets.length > MOST_SETS || sets.some((one) => one.isFolded !== isFoldedFirst)) return false;
  return unboundedIn(tree) <= MOST_UNBOUNDED && !repeatsWithin(tree, false);
}

function repeatsWithin(tree: RegexTree, isWithin: boolean): boolean {
  if (tree.kind === 'set' || tree.kind === 'assert') return false;
  if (tree.kind === 'repeat') return isWithin || repeatsWithin(tree.part, tree.max > 1);
  return (isWithin && tree.kind === 'choice') || tree.parts.some((part) => repeatsWithin(part, isWithin));
}

function unboundedIn(tree: RegexTree): number {
  if (tree.kind === 'set' || tree.kind === 'assert') return 0;
  // A long bounded repetition is as good as one without a bound.
  if (tree.kind === 'repeat') return unboundedIn(tree.part) + (tree.max > 10 ? 1 : 0);
  const counts = tree.parts.map(unboundedIn);
  return tree.kind === 'choice' ? Math.max(0, ...counts) : counts.reduce((sum, count) => sum + count, 0);
}

function isFolded(tree: RegexTree): boolean {
  return setsOf(tree)[0]?.isFolded ?? false;
}

function setsOf(tree: RegexTree): { isFolded: boolean }[] {
  if (tree.kind === 'set') return [tree.set];
  if (tree.kind === 'assert') return [];
  return tree.kind === 'repeat' ? setsOf(tree.part) : tree.parts.flatMap(setsOf);
}

function sourceOf(tree: RegexTree): string {
  if (tree.kind === 'set') return `[${tree.set.isNegated ? '^' : ''}${tree.set.members}]`;
  if (tree.kind === 'assert') return ASSERTIONS[tree.what];
  if (tree.kind === 'sequence') return tree.parts.map(sourceOf).join('');
  if (tree.kind === 'choice') return `(?:${tree.parts.map(sourceOf).join('|')})`;
  const { part, min, max } = tree;
  return `(?:${sourceOf(part)}){${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`;
}
