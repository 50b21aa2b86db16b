import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { vaultError } from './errors.js';
import { createExclusively, modeOf, readIfThere } from './files.js';

/** AES-256. */
const KEY_BYTES = 32;
const FILE_NAME = 'master.key';
const HEADER = 'dreamnet-vault-key-v1';

/** The key all secrets are encrypted with, and a public name to tell it from another. */
export interface MasterKey {
  readonly bytes: Buffer;
  readonly id: string;
  readonly path: string;
}

/**
 * The master key of a vault directory; made when there is none and `mayCreate` says that nothing is lost by it.
 *
 * @throws DN_VAULT_KEY_MISSING, DN_VAULT_KEY_EXPOSED, DN_VAULT_KEY_DAMAGED
 */
export async function loadMasterKey(
  directory: string,
  mayCreate: () => Promise<boolean>,
): Promise<MasterKey> {
  const path = join(directory, FILE_NAME);
  const found = await readIfThere(path);
  if (found) return readKey(path, found);
  if (!(await mayCreate())) throw vaultError('DN_VAULT_KEY_MISSING', { path, records: directory });
  await createExclusively(directory, FILE_NAME, formatKey(randomBytes(KEY_BYTES)));
  const made = await readIfThere(path);
  if (!made) throw vaultError('DN_VAULT_KEY_MISSING', { path, records: directory });
  return readKey(path, made);
}

async function readKey(path: string, content: Buffer): Promise<MasterKey> {
  const mode = await modeOf(path);
  if (mode !== undefined && (mode & 0o077) !== 0)
    throw vaultError('DN_VAULT_KEY_EXPOSED', { path, mode: mode.toString(8), wanted: '600' });
  const [header, encoded = '', check = '', ...rest] = content.toString('utf8').split('\n');
  const bytes = Buffer.from(encoded, 'base64');
  const isWhole =
    header === HEADER &&
    bytes.length === KEY_BYTES &&
    rest.length === 1 &&
    rest[0] === '' &&
    isSame(check, checkOf(bytes));
  if (!isWhole) throw vaultError('DN_VAULT_KEY_DAMAGED', { path });
  return { bytes, id: digestOf(bytes, 'key id'), path };
}

/** Three lines: what it is, the key, and a check value that tells a damaged key from a wrong one. */
function formatKey(bytes: Buffer): string {
  return `${HEADER}\n${bytes.toString('base64')}\n${checkOf(bytes)}\n`;
}

function checkOf(bytes: Buffer): string {
  return digestOf(bytes, 'key file check');
}

function digestOf(bytes: Buffer, purpose: string): string {
  return createHmac('sha256', bytes).update(`dreamnet vault ${purpose}`).digest('hex').slice(0, 16);
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
