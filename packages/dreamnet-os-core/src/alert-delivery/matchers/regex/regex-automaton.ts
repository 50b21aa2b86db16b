import { type Assertion, type CharacterSet, onlyCharacter, type RegexTree } from './regex-tree.js';

/** One step of a program; numbers are places in it. */
type Step =
  | { readonly kind: 'take'; readonly holds: CharacterTest }
  | { readonly kind: 'fork'; one: number; other: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'found' };

/** Larger programs are refused: their cost grows with the text's length times their size. */
const LONGEST_PROGRAM = 10_000;
/** Sets of characters that are no single one: each costs a compilation of its own, a millisecond for one of Unicode's. */
const MOST_SETS = 256;

interface Building {
  readonly program: Step[];
  /** By what they are written as: the same set a thousand times is compiled once. */
  readonly tests: Map<string, CharacterTest>;
}

type CharacterTest = (codePoint: number) => boolean;

/**
 * Steps of one search at most: some 50 ms. Length times size grows to seconds with a label of 100,000 characters and an
 * expression that is at a thousand places at once.
 */
const MOST_STEPS = 1_000_000;

/**
 * Searches in time proportional to the text's length, whatever the expression: all ways through it are followed at
 * once.
 *
 * @returns undefined when the expression is too large; its answer is undefined when the search would take too long.
 * @source Thompson 1968; Cox, "Regular Expression Matching: the Virtual Machine Approach" 2009
 */
export function createAutomaton(tree: RegexTree): ((text: string) => boolean | undefined) | undefined {
  const program: Step[] = [];
  if (!emit({ program, tests: new Map() }, tree)) return undefined;
  program.push({ kind: 'found' });
  return (text) =>
    search(
      program,
      [...text].map((one) => one.codePointAt(0) ?? 0),
    );
}

/** @returns false when the program or what it needs becomes too large. */
function emit(building: Building, tree: RegexTree): boolean {
  const { program, tests } = building;
  if (program.length > LONGEST_PROGRAM || tests.size > MOST_SETS) return false;
  if (tree.kind === 'set') program.push({ kind: 'take', holds: knownTest(tests, tree.set) });
  else if (tree.kind === 'assert') program.push(tree);
  else if (tree.kind === 'sequence') return tree.parts.every((part) => emit(building, part));
  else if (tree.kind === 'choice') return emitChoice(building, tree.parts);
  else return emitRepeat(building, tree);
  return true;
}

function emitChoice(building: Building, parts: readonly RegexTree[]): boolean {
  const { program } = building;
  const ends: { one: number; other: number }[] = [];
  for (const [place, part] of parts.entries()) {
    const isLast = place === parts.length - 1;
    const fork = { kind: 'fork' as const, one: program.length + 1, other: 0 };
    if (!isLast) program.push(fork);
    if (!emit(building, part)) return false;
    if (isLast) continue;
    const end = { kind: 'fork' as const, one: 0, other: 0 };
    program.push(end);
    ends.push(end);
    fork.other = program.length;
  }
  for (const end of ends) Object.assign(end, { one: program.length, other: program.length });
  return true;
}

function emitRepeat(building: Building, { part, min, max }: Extract<RegexTree, { kind: 'repeat' }>): boolean {
  const { program } = building;
  for (let count = 0; count < min; count += 1) {
    const before = program.length;
    if (!emit(building, part)) return false;
    // Nothing a thousand times over is nothing; within another thousand it would take for ever to find out.
    if (program.length === before) return true;
  }
  if (max === Number.POSITIVE_INFINITY) {
    const fork = { kind: 'fork' as const, one: program.length + 1, other: 0 };
    const start = program.length;
    program.push(fork);
    if (!emit(building, part)) return false;
    program.push({ kind: 'fork', one: start, other: start });
    fork.other = program.length;
    return true;
  }
  const forks: { other: number }[] = [];
  for (let count = min; count < max; count += 1) {
    const fork = { kind: 'fork' as const, one: program.length + 1, other: 0 };
    program.push(fork);
    forks.push(fork);
    if (!emit(building, part)) return false;
  }
  for (const fork of forks) fork.other = program.length;
  return true;
}

function search(program: readonly Step[], text: readonly number[]): boolean | undefined {
  let current: number[] = [];
  const reached = new Int32Array(program.length).fill(-1);
  let steps = 0;
  for (let at = 0; at <= text.length; at += 1) {
    // Whatever has not begun may begin here.
    const ready: number[] = [];
    for (const place of [...current, 0])
      if (follow({ program, text, at, reached, ready }, place)) return true;
    const code = text[at];
    if (code === undefined) return false;
    current = [];
    steps += ready.length;
    if (steps > MOST_STEPS) return undefined;
    for (const place of ready) {
      const step = program[place];
      if (step?.kind === 'take' && step.holds(code)) current.push(place + 1);
    }
  }
  return false;
}

interface Moment {
  program: readonly Step[];
  text: readonly number[];
  at: number;
  /** When each place was last reached, so that no way is followed twice at one character. */
  reached: Int32Array;
  ready: number[];
}

/** Goes on until characters are needed. @returns Was the end reached? */
function follow(moment: Moment, from: number): boolean {
  const places = [from];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    if (moment.reached[place] === moment.at) continue;
    moment.reached[place] = moment.at;
    const step = moment.program[place];
    if (step === undefined) continue;
    if (step.kind === 'found') return true;
    if (step.kind === 'take') moment.ready.push(place);
    else if (step.kind === 'fork') places.push(step.other, step.one);
    else if (holdsAt(step.what, moment)) places.push(place + 1);
  }
  return false;
}

const LINE_FEED = 10;

function holdsAt(what: Assertion, { text, at }: Moment): boolean {
  if (what === 'begin') return at === 0;
  if (what === 'end') return at === text.length;
  if (what === 'lineBegin') return at === 0 || text[at - 1] === LINE_FEED;
  if (what === 'lineEnd') return at === text.length || text[at] === LINE_FEED;
  const isEdge = isWord(text[at - 1]) !== isWord(text[at]);
  return isEdge === (what === 'wordEdge');
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && code < 0x80 && /\w/.test(String.fromCharCode(code));
}

function knownTest(tests: Map<string, CharacterTest>, set: CharacterSet): CharacterTest {
  const only = onlyCharacter(set);
  if (only !== undefined) return (codePoint) => codePoint === only;
  const key = `${set.isNegated ? '^' : ''}${set.isFolded ? 'i' : ''}${set.members}`;
  const test = tests.get(key) ?? testOf(set);
  tests.set(key, test);
  return test;
}

function testOf({ members, isNegated, isFolded }: CharacterSet): CharacterTest {
  const expression = new RegExp(`^[${isNegated ? '^' : ''}${members}]$`, isFolded ? 'iu' : 'u');
  const known = new Map<number, boolean>();
  return (codePoint) => {
    const answer = known.get(codePoint) ?? expression.test(String.fromCodePoint(codePoint));
    // ASCII is what nearly all texts are made of.
    if (codePoint < 0x80) known.set(codePoint, answer);
    return answer;
  };
}
