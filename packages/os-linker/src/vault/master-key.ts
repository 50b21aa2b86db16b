import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { vaultError } from './errors.js';
import { createExclusively, modeOf, readIfThere, removeLeftovers, replaceWhole } from './files.js';
import {
  formatPlainKey,
  formatSealedKey,
  KEY_BYTES,
  type KeyFile,
  openSealedKey,
  parseKeyFile,
} from './key-file.js';

const FILE_NAME = 'master.key';
/** Shorter ones are guessed in hours, whatever a try costs. */
const SHORTEST_PASSPHRASE = 12;
const LONGEST_PASSPHRASE = 1024;

/** The key all secrets are encrypted with, and a public name to tell it from another. */
export interface MasterKey {
  readonly bytes: Buffer;
  readonly id: string;
  readonly path: string;
}

/** A passphrase a key file was not under, with what tells that file from the next. */
export interface RefusedPassphrase {
  salt?: string;
  passphrase?: string;
}

/** What a vault is opened with. */
export interface KeySource {
  /** Of the vault. */
  readonly directory: string;
  /** The passphrase to try, and to seal a new key with; undefined when none is known. */
  readonly passphrase: () => Promise<string | undefined>;
  /** What was tried in vain already, so that it is not tried again; written here, too. */
  readonly refused?: RefusedPassphrase;
  /** Says that nothing is lost when a new key is made. */
  readonly mayCreate: () => Promise<boolean>;
}

/**
 * The master key of a vault directory; made when there is none and `mayCreate` says that nothing is lost by it.
 *
 * @throws DN_VAULT_KEY_MISSING, DN_VAULT_KEY_EXPOSED, DN_VAULT_KEY_DAMAGED, DN_VAULT_LOCKED, DN_VAULT_WRONG_PASSPHRASE
 */
export async function loadMasterKey(source: KeySource): Promise<MasterKey> {
  const path = keyPath(source.directory);
  const found = await readKeyFile(source.directory);
  if (found) return openKey(path, found, source);
  if (!(await source.mayCreate()))
    throw vaultError('DN_VAULT_KEY_MISSING', { path, records: source.directory });
  const passphrase = await source.passphrase();
  const bytes = randomBytes(KEY_BYTES);
  await createExclusively(source.directory, FILE_NAME, await formatKey(bytes, passphrase));
  const made = await readKeyFile(source.directory);
  if (!made) throw vaultError('DN_VAULT_KEY_MISSING', { path, records: source.directory });
  return openKey(path, made, source);
}

/** How the key is kept; undefined when there is none yet. @throws DN_VAULT_KEY_EXPOSED, DN_VAULT_KEY_DAMAGED */
export async function readKeyFile(directory: string): Promise<KeyFile | undefined> {
  const path = keyPath(directory);
  const content = await readIfThere(path);
  if (!content) return undefined;
  const mode = await modeOf(path);
  if (mode !== undefined && (mode & 0o077) !== 0)
    throw vaultError('DN_VAULT_KEY_EXPOSED', { path, mode: mode.toString(8), wanted: '600' });
  const file = parseKeyFile(content, (bytes) => digestOf(bytes, 'key file check'));
  if (!file) throw vaultError('DN_VAULT_KEY_DAMAGED', { path });
  return file;
}

/**
 * Writes the key file anew around the same key, so that every secret stays as it is.
 *
 * @param passphrase What opens it from now on; undefined: nothing is needed.
 * @throws DN_VAULT_PASSPHRASE_UNFIT
 */
export async function rewrapKey(
  directory: string,
  key: MasterKey,
  passphrase: string | undefined,
): Promise<void> {
  await replaceWhole(directory, FILE_NAME, await formatKey(key.bytes, passphrase));
  await removeLeftovers(directory);
}

/** @throws DN_VAULT_LOCKED without a passphrase, DN_VAULT_WRONG_PASSPHRASE */
async function openKey(
  path: string,
  file: KeyFile,
  { passphrase: ask, refused = {} }: Pick<KeySource, 'passphrase' | 'refused'>,
): Promise<MasterKey> {
  if (file.kind === 'plain') return toMasterKey(path, file.bytes);
  const { salt } = file.sealed;
  const passphrase = await ask();
  if (passphrase === undefined) throw vaultError('DN_VAULT_LOCKED', { path });
  const isTried = refused.salt === salt && refused.passphrase === passphrase;
  const bytes = isTried ? undefined : await openSealedKey(file.sealed, passphrase);
  if (bytes) return toMasterKey(path, bytes);
  Object.assign(refused, { salt, passphrase });
  throw vaultError('DN_VAULT_WRONG_PASSPHRASE', { path });
}

async function formatKey(bytes: Buffer, passphrase: string | undefined): Promise<string> {
  if (passphrase === undefined) return formatPlainKey(bytes, digestOf(bytes, 'key file check'));
  const reason = unfitness(passphrase);
  if (reason !== undefined) throw vaultError('DN_VAULT_PASSPHRASE_UNFIT', { reason });
  return formatSealedKey(bytes, passphrase);
}

function unfitness(passphrase: string): string | undefined {
  const { length } = [...passphrase];
  if (length < SHORTEST_PASSPHRASE) return `it has fewer than ${SHORTEST_PASSPHRASE} characters`;
  if (length > LONGEST_PASSPHRASE) return `it has more than ${LONGEST_PASSPHRASE} characters`;
  return /[\r\n\0]/.test(passphrase) ? 'it has a line break or a NUL character in it' : undefined;
}

function toMasterKey(path: string, bytes: Buffer): MasterKey {
  return { bytes, id: digestOf(bytes, 'key id'), path };
}

function keyPath(directory: string): string {
  return join(directory, FILE_NAME);
}

function digestOf(bytes: Buffer, purpose: string): string {
  return createHmac('sha256', bytes).update(`dreamnet vault ${purpose}`).digest('hex').slice(0, 16);
}
