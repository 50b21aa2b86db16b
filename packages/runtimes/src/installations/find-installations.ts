import { readdir, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isExecutable } from '../local/find-program.js';
import type { Candidate } from './choose-installation.js';

/** Where version managers keep what they installed. */
export interface ManagerFolder {
  /** In the user's words. */
  readonly name: string;
  /** Holds one folder a version. */
  readonly folder: string;
  /** The program below such a folder. */
  readonly program: string;
}

/** The variables that move version managers away from the home folder; nothing else of an environment is read. */
export type ManagerVariables = Readonly<
  Partial<
    Record<
      'HOME' | 'NVM_DIR' | 'FNM_DIR' | 'VOLTA_HOME' | 'ASDF_DATA_DIR' | 'MISE_DATA_DIR' | 'PYENV_ROOT',
      string | undefined
    >
  >
>;

/**
 * Folders of Node.js version managers.
 *
 * @source the documentation of nvm, fnm, Volta, asdf and mise on their folders
 */
export function nodeManagers(variables: ManagerVariables): readonly ManagerFolder[] {
  const { HOME: home = '/', NVM_DIR, FNM_DIR, VOLTA_HOME, ASDF_DATA_DIR, MISE_DATA_DIR } = variables;
  const fnm = { name: 'fnm', program: 'installation/bin/node' };
  return [
    { name: 'nvm', folder: join(NVM_DIR ?? join(home, '.nvm'), 'versions/node'), program: 'bin/node' },
    { ...fnm, folder: join(FNM_DIR ?? join(home, '.local/share/fnm'), 'node-versions') },
    { ...fnm, folder: join(home, '.fnm/node-versions') },
    {
      name: 'volta',
      folder: join(VOLTA_HOME ?? join(home, '.volta'), 'tools/image/node'),
      program: 'bin/node',
    },
    {
      name: 'asdf',
      folder: join(ASDF_DATA_DIR ?? join(home, '.asdf'), 'installs/nodejs'),
      program: 'bin/node',
    },
    { name: 'mise', folder: miseFolder(home, MISE_DATA_DIR, 'node'), program: 'bin/node' },
  ];
}

/** Folders of Python version managers. @source the documentation of pyenv, asdf and mise on their folders */
export function pythonManagers(variables: ManagerVariables): readonly ManagerFolder[] {
  const { HOME: home = '/', PYENV_ROOT, ASDF_DATA_DIR, MISE_DATA_DIR } = variables;
  const program = 'bin/python3';
  return [
    { name: 'pyenv', folder: join(PYENV_ROOT ?? join(home, '.pyenv'), 'versions'), program },
    { name: 'asdf', folder: join(ASDF_DATA_DIR ?? join(home, '.asdf'), 'installs/python'), program },
    { name: 'mise', folder: miseFolder(home, MISE_DATA_DIR, 'python'), program },
  ];
}

function miseFolder(home: string, data: string | undefined, tool: string): string {
  return join(data ?? join(home, '.local/share/mise'), 'installs', tool);
}

/** Every program of these names in a search path, in its order. */
export async function findInSearchPath(
  searchPath: string,
  isWanted: (name: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  // A relative entry would mean another program in every folder.
  for (const folder of searchPath.split(delimiter).filter((one) => one.startsWith('/')))
    for (const name of (await namesIn(folder)).filter(isWanted)) {
      const path = join(folder, name);
      if (await isExecutable(path)) found.push(path);
    }
  return found;
}

/** What version managers installed. */
export async function findManaged(
  managers: readonly ManagerFolder[],
): Promise<readonly Omit<Candidate, 'rank'>[]> {
  const found: Omit<Candidate, 'rank'>[] = [];
  for (const { name, folder, program } of managers)
    for (const version of await namesIn(folder)) {
      const path = join(folder, version, program);
      if (await isExecutable(path)) found.push({ path, foundBy: name });
    }
  return found;
}

/** Leaves out what is the same file as an earlier candidate, under whatever name. */
export async function withoutRepeats(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const seen = new Set<string>();
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    // A virtual environment is a link to another interpreter, and yet another environment: it stays.
    const file = candidate.foundBy.startsWith('virtual')
      ? candidate.path
      : await realpath(candidate.path).catch(() => candidate.path);
    if (seen.has(file)) continue;
    seen.add(file);
    kept.push(candidate);
  }
  return kept;
}

/** Sorted, so that what is found does not depend on the file system; empty without such a folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.sort();
}
