import { open, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import { programError } from '../errors.js';

/** As long as any passphrase the vault takes, in UTF-8, with its line break. */
const LONGEST_BYTES = 4096 + 2;
const OTHERS_MASK = 0o077;

/**
 * The passphrase of the vault from where the fleet file says, read anew at every call.
 *
 * @param variables `CREDENTIALS_DIRECTORY` among them, where systemd puts the credentials of a service.
 * @returns undefined when the fleet file names no place. @throws DN_VAULT_PASSPHRASE_UNREADABLE
 */
export async function readPassphrase(
  { fleet, folder }: Pick<LoadedFleet, 'fleet' | 'folder'>,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const place = fleet.vault.passphrase;
  if (place === undefined) return undefined;
  if (place.from === 'file') return readFileOf(resolve(folder, place.path), { isOurs: true });
  const directory = variables.CREDENTIALS_DIRECTORY;
  if (directory === undefined || !isAbsolute(directory))
    throw unreadable(`credential ${place.name}`, 'this daemon was given none by systemd (LoadCredential=)');
  // Whom systemd lets read it is not told by its mode alone.
  return readFileOf(join(directory, place.name), { isOurs: false });
}

async function readFileOf(path: string, { isOurs }: { isOurs: boolean }): Promise<string> {
  try {
    const { mode } = await stat(path);
    if (isOurs && (mode & OTHERS_MASK) !== 0)
      throw unreadable(
        path,
        `others may use it (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
      );
    return await readBounded(path);
  } catch (thrown) {
    if (DreamnetError.is(thrown)) throw thrown;
    throw unreadable(path, DreamnetError.from(thrown).message, thrown);
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    if (!(await file.stat()).isFile()) throw unreadable(path, 'it is not a regular file');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_BYTES), 0, LONGEST_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
    if (text === '') throw unreadable(path, 'it is empty');
    return text;
  } finally {
    await file.close();
  }
}

function unreadable(source: string, why: string, cause?: unknown): DreamnetError {
  return programError('DN_VAULT_PASSPHRASE_UNREADABLE', { source, why }, cause);
}
