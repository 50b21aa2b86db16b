import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { ConfigurationProblem, SecretReference } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { LONGEST_VARIABLE_BYTES } from '../validation/names.js';
import type { Vault } from '../vault/vault.js';
import { askCommand } from './secret-command.js';
import { secretText } from './secret-text.js';

/** A secret file longer than this is not a secret somebody meant to put into a variable. */
const LONGEST_FILE_BYTES = 64 * 1024;

/** Unless the binding says otherwise. */
const COMMAND_TIMEOUT_MS = 5000;

/** Where secrets may come from. */
export interface SecretSources {
  vault: Pick<Vault, 'get'>;
  /** Looks one variable of the daemon's environment up by its name. Without it `from: env` finds nothing. */
  lookupVariable?: (name: string) => string | undefined;
  /** Relative paths of bindings start here; without it they are a problem. */
  directory?: string;
  /** What a command that tells a secret is run with; nothing else of the daemon's environment. */
  base?: Readonly<Record<string, string>>;
  /** And with these. */
  commandEnvironment?: Readonly<Record<string, string>>;
}

/** A secret's value, or what is missing and how to mend it. */
export type SecretOutcome = { ok: true; value: string } | { ok: false; problem: ConfigurationProblem };

/** What a source says: a value, or in words what was seen instead of one. */
type Found = { value: string } | { observed: string; remedy?: string };

const UNLOCK = 'dreamnet secrets unlock < FILE WITH THE PASSPHRASE';

/**
 * Fetches the value of one bound secret. What is missing is a value, never a throw.
 *
 * @param variable The variable the agent will see.
 */
export async function fetchSecret(
  variable: string,
  reference: SecretReference,
  sources: SecretSources,
): Promise<SecretOutcome> {
  const found = await find(reference, sources);
  const observed = 'observed' in found ? found.observed : unusable(found.value);
  if (observed === undefined && 'value' in found) return { ok: true, value: found.value };
  return {
    ok: false,
    problem: {
      key: `secret:${variable}`,
      description: `${variable} needs a secret from ${describeReference(reference)}: ${observed}`,
      expected: `a value in ${describeReference(reference)}`,
      observed: observed ?? 'not there',
      remedyHint: ('remedy' in found ? found.remedy : undefined) ?? remedyFor(reference),
    },
  };
}

function find(reference: SecretReference, sources: SecretSources): Promise<Found> | Found {
  if (reference.from === 'vault') return findInVault(reference.key, sources.vault);
  if (reference.from === 'file') return findInFile(reference.path, sources.directory);
  if (reference.from === 'command')
    return askCommand(reference.command, {
      timeoutMs: reference.timeoutMs ?? COMMAND_TIMEOUT_MS,
      directory: sources.directory ?? '/',
      env: { ...sources.base, ...sources.commandEnvironment },
    });
  const value = sources.lookupVariable?.(reference.name);
  return value === undefined ? { observed: 'not set' } : { value };
}

async function findInVault(key: string, vault: Pick<Vault, 'get'>): Promise<Found> {
  try {
    const value = await vault.get(key);
    return value === undefined ? { observed: 'not in the vault' } : { value };
  } catch (thrown) {
    const { code, message } = DreamnetError.from(thrown);
    return { observed: message, ...(code === 'DN_VAULT_LOCKED' && { remedy: UNLOCK }) };
  }
}

/** Opened without waiting: a pipe nobody writes to would hold the daemon for ever. */
async function findInFile(path: string, directory: string | undefined): Promise<Found> {
  if (!isAbsolute(path) && directory === undefined)
    return { observed: 'a relative path, and relative to nothing' };
  try {
    const file = await open(resolve(directory ?? '/', path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readSecretFile(file);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return { observed: DreamnetError.from(thrown).message.split(',')[0] ?? 'unreadable' };
  }
}

/** Reads what the descriptor really holds: a device or /proc file tells no size that could be trusted. */
async function readSecretFile(file: FileHandle): Promise<Found> {
  if (!(await file.stat()).isFile()) return { observed: 'not a regular file' };
  const buffer = Buffer.alloc(LONGEST_FILE_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > LONGEST_FILE_BYTES) return { observed: `longer than ${LONGEST_FILE_BYTES} bytes` };
  return secretText(buffer.subarray(0, length));
}

function unusable(value: string): string | undefined {
  if (value === '') return 'empty';
  if (value.includes('\0')) return 'a NUL character in it, which no variable can hold';
  return Buffer.byteLength(value) >= LONGEST_VARIABLE_BYTES - 256
    ? 'longer than a variable can be'
    : undefined;
}

function describeReference(reference: SecretReference): string {
  if (reference.from === 'vault') return `vault key ${reference.key}`;
  if (reference.from === 'command') return `command ${reference.command[0]}`;
  return reference.from === 'env' ? `variable ${reference.name}` : `file ${reference.path}`;
}

function remedyFor(reference: SecretReference): string {
  if (reference.from === 'vault') return `dreamnet bindings set ${reference.key} < value`;
  if (reference.from === 'env')
    return `set ${reference.name} where the daemon is started, and start it again`;
  if (reference.from === 'command') return `make ${reference.command[0]} print the value and exit with 0`;
  return `write the value to ${reference.path}`;
}
