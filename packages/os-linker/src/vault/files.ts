import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { vaultError } from './errors.js';

/** As they are named below. */
const LEFTOVER = /^\.[0-9a-f]{16}\.tmp$/;

/** Reads a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return unlessMissing('read', path, () => readFile(path));
}

/** Names in a directory; empty when there is none. */
export async function listNames(path: string): Promise<readonly string[]> {
  return (await unlessMissing('list', path, () => readdir(path))) ?? [];
}

/** Permission bits of a path; undefined when there is none. */
export async function modeOf(path: string): Promise<number | undefined> {
  const found = await unlessMissing('look at', path, () => stat(path));
  return found && found.mode & 0o777;
}

/** Removes a file; nothing happens when it is gone already. */
export async function removeFile(path: string): Promise<void> {
  await unlessMissing('remove', path, () => rm(path, { force: true }));
}

/** Makes a directory only its owner can use; one that is there keeps its mode. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await unlessMissing('make', path, () => mkdir(path, { recursive: true, mode: 0o700 }));
}

/**
 * Writes a new file whole or not at all: a private temporary file is filled, synced and linked to its name, and a
 * link refuses a name that is taken. So of two writers one wins, and no reader ever sees half a file.
 *
 * @returns false when the name was taken.
 */
export async function createExclusively(
  directory: string,
  name: string,
  content: Buffer | string,
): Promise<boolean> {
  const target = join(directory, name);
  const temporary = join(directory, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, content);
    await link(temporary, target);
    await syncDirectory(directory);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    throw storageFailed('write', target, thrown);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Puts a file in place of the one of its name: whoever reads gets the one or the other, never half, also after a crash. */
export async function replaceWhole(directory: string, name: string, content: string): Promise<void> {
  const target = join(directory, name);
  const temporary = join(directory, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, content);
    await rename(temporary, target);
    await syncDirectory(directory);
  } catch (thrown) {
    throw storageFailed('write', target, thrown);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes what a crash left half done; a key in it must not outlive the file it was to become. */
export async function removeLeftovers(directory: string): Promise<void> {
  const leftovers = (await listNames(directory)).filter((name) => LEFTOVER.test(name));
  for (const name of leftovers) await removeFile(join(directory, name));
}

async function writeSynced(path: string, content: Buffer | string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this the new name may be lost when the power goes. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What is not there is an answer; every other failure is an error of the vault. */
async function unlessMissing<T>(
  operation: string,
  path: string,
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw storageFailed(operation, path, thrown);
  }
}

function storageFailed(operation: string, path: string, cause: unknown): DreamnetError {
  if (DreamnetError.is(cause)) return cause;
  return vaultError(
    'DN_VAULT_STORAGE_FAILED',
    { operation, path, reason: codeOf(cause) ?? 'failing' },
    cause,
  );
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
