import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { ConfigurationProblem, ProcessUser } from '@dreamnet/contracts';
import { type Look, lookAs } from './access-as-user.js';
import type { CheckedBinding } from './schema.js';

type FilesBinding = Extract<CheckedBinding, { type: 'files' }>;

/** Who is to use bound files, and how they are reached. */
export interface FileUse {
  /** Relative paths start there. */
  readonly directory?: string | undefined;
  /** The agent's own user; undefined when it is the daemon's. */
  readonly user?: ProcessUser | undefined;
  /** In a sandbox a bound file is put before the agent, whoever may pass the folders above it. */
  readonly isSandbox: boolean;
}

/** What of the bound files cannot be used as it is bound: by the daemon, or by the agent's own user. */
export async function checkBoundFiles(
  bindings: readonly FilesBinding[],
  use: FileUse,
): Promise<readonly ConfigurationProblem[]> {
  const problems: ConfigurationProblem[] = [];
  const usable: { path: string; absolute: string; mode: 'ro' | 'rw' }[] = [];
  for (const { config } of bindings) {
    const { path, mode = 'ro' } = config;
    const observed = await refusalOfFile(path, mode, use.directory);
    if (observed === undefined) usable.push({ path, mode, absolute: resolve(use.directory ?? '/', path) });
    else
      problems.push(
        problemOf({ path, mode }, observed, observed === 'not there' ? `create ${path}` : GIVE_DAEMON(path)),
      );
  }
  const { user } = use;
  if (!user || usable.length === 0) return problems;
  const looks = await lookAs(
    user,
    usable.map(({ absolute }) => absolute),
    { isSandbox: use.isSandbox },
  );
  for (const [index, bound] of usable.entries()) {
    const observed = refusalFor(bound.mode, looks[index]);
    if (observed === undefined) continue;
    const letters = bound.mode === 'rw' ? 'rwX' : 'rX';
    const hint = `give its user access (setfacl -m u:${user.uid}:${letters} ${bound.absolute}), or name under isolation the user whose file it is`;
    problems.push(problemOf(bound, `${observed} by the agent's own user ${user.uid}`, hint));
  }
  return problems;
}

const GIVE_DAEMON = (path: string) => `give the daemon's user access to ${path}`;

function refusalFor(mode: 'ro' | 'rw', look: Look | undefined): string | undefined {
  if (!look?.canRead) return 'not readable';
  return mode === 'rw' && !look.canWrite ? 'not writable' : undefined;
}

function problemOf(
  { path, mode }: { path: string; mode: 'ro' | 'rw' },
  observed: string,
  remedyHint: string,
): ConfigurationProblem {
  return {
    key: `files:${path}`,
    description: `${path} is bound ${mode === 'rw' ? 'read-write' : 'read-only'}, but it is ${observed}`,
    expected: mode === 'rw' ? 'a path that can be read and written' : 'a path that can be read',
    observed,
    remedyHint,
  };
}

async function refusalOfFile(
  path: string,
  mode: 'ro' | 'rw',
  directory: string | undefined,
): Promise<string | undefined> {
  if (!isAbsolute(path) && directory === undefined) return 'a relative path, and relative to nothing';
  const absolute = resolve(directory ?? '/', path);
  if (!(await can(absolute, constants.F_OK))) return 'not there';
  if (!(await can(absolute, constants.R_OK))) return 'not readable';
  return mode === 'ro' || (await can(absolute, constants.W_OK)) ? undefined : 'not writable';
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
