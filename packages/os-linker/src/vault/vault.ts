import { join } from 'node:path';
import type { Clock } from '@dreamnet/contracts';
import { type Envelope, readEnvelope, seal, unseal } from './envelope.js';
import { vaultError } from './errors.js';
import { createExclusively, listNames, makePrivateDirectory, readIfThere, removeFile } from './files.js';
import { createKeyHolder, type KeyHolder, type VaultLock } from './vault-lock.js';

/** Secrets fit in an environment variable, whose largest size Linux fixes at 128 KiB. */
const LONGEST_VALUE_BYTES = 64 * 1024;
/** Older versions kept, so that a wrong `set` can be undone. */
const VERSIONS_KEPT = 5;
/** Each try loses only to a writer that succeeded, so this many losses mean a storm of writers. */
const MOST_TRIES = 100;
const KEY_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;
const RECORD_NAME = /^(\d{10})\.json$/;

/** What a vault tells about a secret without its value. */
export interface SecretVersion {
  version: number;
  /** Epoch ms. */
  writtenAt: number;
  isDeleted: boolean;
}

/** Secrets, encrypted at rest. Safe for several writers, also from several processes. */
export interface Vault {
  /**
   * The newest value, or that of `version`; undefined when there is none or it was deleted.
   *
   * @throws DN_VAULT_RECORD_DAMAGED, DN_VAULT_TAMPERED, DN_VAULT_WRONG_KEY, DN_VAULT_KEY_*
   */
  get(key: string, version?: number): Promise<string | undefined>;
  /** Stores a new version; on disk when it resolves. The result is its number. @throws DN_VAULT_INVALID_* */
  set(key: string, value: string): Promise<number>;
  /** Removes every value of the key; false when there was none. */
  delete(key: string): Promise<boolean>;
  /** Names of the secrets that have a value, sorted. */
  keys(): Promise<readonly string[]>;
  /** Versions still kept, oldest first. */
  versions(key: string): Promise<readonly SecretVersion[]>;
  /** The passphrase of its key. */
  readonly lock: VaultLock;
}

export interface VaultOptions {
  /** Made with mode 0700 when it is not there; refused when others may write to it. */
  directory: string;
  clock: Clock;
  /** Asked when the key is under a passphrase, and when a key is made; undefined when none is known. Default: none is. */
  passphrase?: () => Promise<string | undefined>;
}

/**
 * A vault in a directory of its own: AES-256-GCM, the master key in `master.key` (mode 0600, made at first use, as it
 * is or under a passphrase), one file a version. Importing an old file puts an old value back: only a newer version protects from that.
 *
 * @returns A vault; nothing is touched on disk before its first use.
 */
export function createVault(options: VaultOptions): Vault {
  const records = join(options.directory, 'records');
  const keys = createKeyHolder({
    directory: options.directory,
    passphrase: options.passphrase ?? (async () => undefined),
    mayCreate: async () => (await listNames(records)).length === 0,
  });
  const shelf: Shelf = { records, options, keys };
  return {
    get: (key, version) => getValue(shelf, key, version),
    set: (key, value) => setValue(shelf, key, value),
    delete: (key) => deleteKey(shelf, key),
    keys: () => listKeys(shelf),
    versions: (key) => listVersions(shelf, key),
    lock: keys.lock,
  };
}

interface Shelf {
  readonly records: string;
  readonly options: VaultOptions;
  readonly keys: KeyHolder;
}

async function getValue(shelf: Shelf, key: string, version?: number): Promise<string | undefined> {
  const kept = await versionNumbers(shelf, key);
  const wanted = version ?? kept.at(-1);
  if (wanted === undefined || !kept.includes(wanted)) return undefined;
  const envelope = await readRecord(shelf, key, wanted);
  if (!envelope) return version === undefined ? getValue(shelf, key) : undefined;
  const value = await openRecord(shelf, envelope);
  return envelope.isDeleted ? undefined : value;
}

async function setValue(shelf: Shelf, key: string, value: string): Promise<number> {
  checkKey(key);
  const reason = refusalOf(value);
  if (reason) throw vaultError('DN_VAULT_INVALID_VALUE', { key, reason });
  const version = await append(shelf, { key, isDeleted: false, value });
  const old = (await versionNumbers(shelf, key)).filter((number) => number <= version - VERSIONS_KEPT);
  for (const number of old) await removeFile(recordPath(shelf, key, number));
  return version;
}

async function deleteKey(shelf: Shelf, key: string): Promise<boolean> {
  const kept = await listVersions(shelf, key).catch(() => undefined);
  // A damaged secret can still be deleted.
  if (kept && (kept.length === 0 || kept.at(-1)?.isDeleted)) return false;
  const version = await append(shelf, { key, isDeleted: true, value: '' });
  const old = (await versionNumbers(shelf, key)).filter((number) => number < version);
  for (const number of old) await removeFile(recordPath(shelf, key, number));
  return true;
}

async function listKeys(shelf: Shelf): Promise<readonly string[]> {
  const names = await listNames(shelf.records);
  const keys: string[] = [];
  for (const name of names) {
    const key = Buffer.from(name, 'hex').toString('utf8');
    if (!KEY_PATTERN.test(key)) continue;
    const newest = (await versionNumbers(shelf, key)).at(-1);
    if (newest === undefined) continue;
    const envelope = readEnvelope((await readIfThere(recordPath(shelf, key, newest))) ?? Buffer.alloc(0));
    // A damaged record still names a secret that somebody set.
    if (!envelope?.isDeleted) keys.push(key);
  }
  return keys.sort();
}

async function listVersions(shelf: Shelf, key: string): Promise<readonly SecretVersion[]> {
  const found: SecretVersion[] = [];
  for (const number of await versionNumbers(shelf, key)) {
    const envelope = await readRecord(shelf, key, number);
    if (!envelope) continue;
    found.push({ version: number, writtenAt: envelope.writtenAt, isDeleted: envelope.isDeleted });
  }
  return found;
}

/** Takes the next free version number; when another writer was faster, the one after it. */
async function append(
  shelf: Shelf,
  record: { key: string; isDeleted: boolean; value: string },
): Promise<number> {
  const { key, isDeleted, value } = record;
  const master = await shelf.keys.key();
  const directory = recordDirectory(shelf, key);
  await makePrivateDirectory(directory);
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const version = ((await versionNumbers(shelf, key)).at(-1) ?? 0) + 1;
    const writtenAt = shelf.options.clock.now();
    const sealed = seal(master, { key, version, isDeleted, writtenAt }, value);
    if (await createExclusively(directory, recordName(version), sealed)) return version;
  }
  throw vaultError('DN_VAULT_CONTENDED', { key });
}

/** The record's envelope; undefined when it was pruned by another writer meanwhile. */
async function readRecord(shelf: Shelf, key: string, version: number): Promise<Envelope | undefined> {
  const path = recordPath(shelf, key, version);
  const content = await readIfThere(path);
  if (!content) return undefined;
  const envelope = readEnvelope(content);
  if (!envelope)
    throw vaultError('DN_VAULT_RECORD_DAMAGED', { key, version, path, reason: 'cut short or not a record' });
  if (envelope.key !== key || envelope.version !== version)
    throw vaultError('DN_VAULT_TAMPERED', { key, version, path });
  return envelope;
}

async function openRecord(shelf: Shelf, envelope: Envelope): Promise<string> {
  const master = await shelf.keys.key();
  const { key, version } = envelope;
  if (envelope.keyId !== master.id)
    throw vaultError('DN_VAULT_WRONG_KEY', { key, version, path: master.path });
  const value = unseal(master, envelope);
  if (value === undefined)
    throw vaultError('DN_VAULT_TAMPERED', { key, version, path: recordPath(shelf, key, version) });
  return value;
}

async function versionNumbers(shelf: Shelf, key: string): Promise<readonly number[]> {
  checkKey(key);
  const numbers = (await listNames(recordDirectory(shelf, key))).flatMap((name) => {
    const match = RECORD_NAME.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return numbers.sort((one, other) => one - other);
}

function checkKey(key: string): void {
  if (!KEY_PATTERN.test(key)) throw vaultError('DN_VAULT_INVALID_KEY');
}

function refusalOf(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (value.includes('\0')) return 'it contains a NUL character, which no environment variable can';
  if (Buffer.from(value).toString('utf8') !== value) return 'it is not valid Unicode text';
  if (Buffer.byteLength(value) > LONGEST_VALUE_BYTES) return `it is longer than ${LONGEST_VALUE_BYTES} bytes`;
  return undefined;
}

/** In hexadecimal, so that a file system that does not tell `a` from `A` keeps them apart. */
function recordDirectory(shelf: Shelf, key: string): string {
  return join(shelf.records, Buffer.from(key).toString('hex'));
}

function recordName(version: number): string {
  return `${String(version).padStart(10, '0')}.json`;
}

function recordPath(shelf: Shelf, key: string, version: number): string {
  return join(recordDirectory(shelf, key), recordName(version));
}
