import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SourcePlace } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { z } from 'zod';
import { programError } from '../errors.js';
import { checkEntries, checkFleet } from './checks.js';
import { keyHint } from './key-hint.js';
import { type FleetFile, fleetJsonSchema, fleetSchema } from './schema.js';
import { parseYamlSource, showPlace, type YamlSource } from './source.js';

/** A fleet file that passed every check that can be made without starting anything. */
export interface LoadedFleet {
  readonly file: string;
  /** The folder that relative paths in the file start from. */
  readonly folder: string;
  readonly fleet: FleetFile;
  /** What the file said, to the letter. */
  readonly text: string;
  /** Is it what was in force before, because the file as it is now is refused? Then what it names may be gone. */
  readonly isRecalled: boolean;
  placeOf(path: readonly PropertyKey[]): SourcePlace;
  placeOfKey(path: readonly PropertyKey[], key: string): SourcePlace;
}

/**
 * Reads and checks a fleet file. Every error names the place as `file:line:column`.
 *
 * @param file Path of the file; messages show it as given.
 * @param searchPath Folders looked through for commands without a slash, as in PATH.
 * @throws DN_CONFIG_*
 */
export function loadFleet(file: string, searchPath: string): LoadedFleet {
  const loaded = parseFleet(file, readText(file), false);
  checkFleet(loaded, searchPath);
  return loaded;
}

/**
 * A fleet from a text that was good when it was in force. Programs and files it names are not looked for: an agent whose
 * program has gone is one that cannot be started, and no reason to leave the others alone.
 *
 * @param file The path the text was read from.
 * @throws DN_CONFIG_*
 */
export function recallFleet(file: string, text: string): LoadedFleet {
  const loaded = parseFleet(file, text, true);
  checkEntries(loaded);
  return loaded;
}

function parseFleet(file: string, text: string, isRecalled: boolean): LoadedFleet {
  const source = parseYamlSource(file, text);
  const parsed = fleetSchema.safeParse(source.value);
  if (!parsed.success) throw firstIssue(source, parsed.error.issues);
  return {
    ...{ file, text, isRecalled },
    folder: dirname(resolve(file)),
    fleet: parsed.data,
    placeOf: source.placeOf,
    placeOfKey: source.placeOfKey,
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      throw programError('DN_CONFIG_NOT_FOUND', { path: file }, thrown);
    throw programError('DN_CONFIG_UNREADABLE', { path: file, why }, thrown);
  }
}

type Issue = z.core.$ZodIssue;

/** Unknown keys first: a mistyped key usually also makes its right spelling look missing. */
function firstIssue(source: YamlSource, issues: readonly Issue[]): DreamnetError {
  const flat = issues.flatMap(flatten);
  const issue = flat.find(({ code }) => code === 'unrecognized_keys') ?? flat[0];
  if (!issue) return programError('DN_CONFIG_SYNTAX', { place: `${source.file}:1:1`, why: 'empty document' });
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const place = showPlace(source.placeOfKey(issue.path, key));
    return programError('DN_CONFIG_UNKNOWN_KEY', {
      place,
      key,
      hint: keyHint(fleetJsonSchema(), issue.path, key),
    });
  }
  const named = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path;
  const place =
    issue.code === 'invalid_key'
      ? source.placeOfKey(named, String(issue.path.at(-1)))
      : source.placeOf(issue.path);
  const why = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : wordsOf(issue);
  return programError('DN_CONFIG_WRONG_TYPE', {
    place: showPlace(place),
    path: issue.path.map(String).join('.') || 'the document',
    why,
  });
}

/** What a person calls the kinds of values that the schema names in its own way. */
const KINDS: Readonly<Record<string, string>> = {
  record: 'a map of names',
  object: 'a map of keys',
  tuple: 'a list',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** A key with nothing after it is the commonest slip: it is said as what it is. */
function wordsOf(issue: Issue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  const expected = KINDS[issue.expected] ?? issue.expected;
  const found = /received (\w+)$/.exec(issue.message)?.[1] ?? '';
  if (found === 'null') return `nothing is written here; write ${expected} or leave the key out`;
  if (found === 'undefined') return `is missing; it takes ${expected}`;
  return `expected ${expected}, found ${KINDS[found] ?? found}`;
}

/** The branch of a union that got furthest says more than "no branch fits". */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const branches = issue.errors.map((branch) =>
    branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const depth = (branch: Issue[]) => Math.max(0, ...branch.map((inner) => inner.path.length));
  return branches.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best));
}
