import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IsolationSpec, NetworkBindingConfig } from '@dreamnet/contracts';
import type { TestContext } from 'vitest';
import type { SupervisorOptions } from '../../src/index.js';
import { findMeans } from '../../src/isolation/means.js';
import { type Harness, startHarness } from '../fixtures/harness.js';

/** Where bubblewrap and the like are looked for. */
export const searchPath = process.env.PATH ?? '';
export const means = findMeans(searchPath);
/** Inside a sandbox the programs of a version manager are not there. */
const PYTHON = means.python ?? 'python3';
export const NONE: NetworkBindingConfig = { access: 'none' };

/** Isolation that is refused rather than had in part. */
export const isolated = (
  level: IsolationSpec['level'],
  network: NetworkBindingConfig = NONE,
): { isolation: IsolationSpec } => ({
  isolation: { level, isRequired: true, paths: [], network },
});

/** Why a case cannot be tried here; undefined when it can. */
function missing(level: 'none' | IsolationSpec['level']): string | undefined {
  if (level === 'sandbox') return means.sandboxProblem;
  if (level === 'process' && !means.isRoot) return 'only root can give an agent a user of its own';
  return undefined;
}

export function skipWithout(level: 'none' | IsolationSpec['level'], ctx: TestContext): void {
  const problem = missing(level);
  if (problem !== undefined) ctx.skip(problem);
}

/** The program's text, given to the interpreter as an argument, so that any user may run it. */
export function program(name: string, ...args: string[]): string[] {
  const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  return [PYTHON, '-c', readFileSync(path, 'utf8'), ...args];
}

/** Pids of all processes with this word among their arguments, seen from outside. */
export function pidsWith(word: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && argumentsOf(pid).includes(word));
}

/** As any of its threads shows them: the first one may have ended. */
function argumentsOf(pid: number): string[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/cmdline`, 'utf8').split('\0'),
    );
  } catch {
    return []; // ended meanwhile
  }
}

/** A supervisor, and folders for its agents. */
export async function start(
  options: Partial<SupervisorOptions> = {},
): Promise<Harness & { work: (id: string) => string }> {
  const harness = await startHarness({ isolation: { searchPath }, ...options });
  const work = (id: string) => {
    const path = join(harness.dir, id);
    mkdirSync(path);
    return path;
  };
  return { ...harness, work };
}
