/** Deeper data than this is refused: no honest descriptor comes near, and recursion stays shallow. */
const DEEPEST = 24;
/** Most values in one object tree. */
const MOST_VALUES = 20_000;
/** Copying an object by assignment turns this key into its prototype. */
const FORBIDDEN_KEY = '__proto__';

/** What is wrong with a value and where; `path` is dotted, empty for the value itself. */
export interface DataProblem {
  path: string;
  message: string;
}

/**
 * Is this plain JSON data: no functions, no cycles, no class instances, no keys that reach into prototypes?
 *
 * @returns The first problem, or undefined when it is.
 */
export function findJsonProblem(value: unknown): DataProblem | undefined {
  const walk: Walk = { left: MOST_VALUES, path: [] };
  const message = problemOf(value, walk);
  return message === undefined ? undefined : { path: walk.path.join('.'), message };
}

/** Where the walk stands; `path` is left standing at the first problem. */
interface Walk {
  left: number;
  path: string[];
}

function problemOf(value: unknown, walk: Walk): string | undefined {
  walk.left -= 1;
  if (walk.left < 0) return `more than ${MOST_VALUES} values`;
  if (walk.path.length > DEEPEST) return `nested deeper than ${DEEPEST}, or in a circle`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not a finite number';
  if (typeof value !== 'object') return `a ${typeof value} is not JSON data`;
  if (Array.isArray(value)) return problemOfEntries(Object.entries(value), walk);
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (a worker's vm context) have another Object.prototype: look at its own parent.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? problemOfEntries(Object.entries(value), walk) : 'only plain objects are JSON data';
}

function problemOfEntries(entries: readonly [string, unknown][], walk: Walk): string | undefined {
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    walk.path.push(key);
    if (key === FORBIDDEN_KEY) return 'a key of this name is not allowed';
    const problem = problemOf(value, walk);
    if (problem !== undefined) return problem;
    walk.path.pop();
  }
  return undefined;
}
