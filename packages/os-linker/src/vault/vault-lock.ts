import { vaultError } from './errors.js';
import { makePrivateDirectory, modeOf } from './files.js';
import {
  type KeySource,
  loadMasterKey,
  type MasterKey,
  type RefusedPassphrase,
  readKeyFile,
  rewrapKey,
} from './master-key.js';

/** How the key is kept. `locked`: under a passphrase that nobody gave yet; `unlocked`: one that was given. */
export type VaultLockState = 'no-key' | 'plain' | 'locked' | 'unlocked';

/** The passphrase of a vault: what it protects is the key, so changing it changes no secret. */
export interface VaultLock {
  /** @throws DN_VAULT_KEY_EXPOSED, DN_VAULT_KEY_DAMAGED */
  state(): Promise<VaultLockState>;
  /**
   * Opens a key that is under a passphrase as the next program that starts will, and forgets it again: what is open stays so.
   *
   * @throws DN_VAULT_LOCKED, DN_VAULT_WRONG_PASSPHRASE, and what the source of the passphrase says
   */
  tryAnew(): Promise<void>;
  /** Opens the key for as long as the program runs; nothing to do when it is under none. @throws DN_VAULT_WRONG_PASSPHRASE */
  unlock(passphrase: string): Promise<void>;
  /**
   * Puts the key under a passphrase, or under another one.
   *
   * @param current The one it is under now; needed when it is under one.
   * @throws DN_VAULT_PASSPHRASE_UNFIT, DN_VAULT_LOCKED without `current`, DN_VAULT_WRONG_PASSPHRASE
   */
  seal(passphrase: string, current?: string): Promise<void>;
  /** Puts the key into its file as it is. @throws DN_VAULT_WRONG_PASSPHRASE */
  unseal(current: string): Promise<void>;
}

/** The key of a vault, read when it is first needed and kept. */
export interface KeyHolder {
  readonly lock: VaultLock;
  /** @throws DN_VAULT_KEY_*, DN_VAULT_LOCKED, DN_VAULT_WRONG_PASSPHRASE */
  key(): Promise<MasterKey>;
}

/** Holds the key of one vault directory. Tries of a passphrase run one after another: each takes much memory. */
export function createKeyHolder(source: KeySource): KeyHolder {
  const { directory } = source;
  const refused: RefusedPassphrase = {};
  let open: MasterKey | undefined;
  let opening: Promise<MasterKey> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const openOnce = (how: Partial<KeySource>, then?: (key: MasterKey) => Promise<void>) => {
    const mine = turn.then(async () => {
      await checkDirectory(directory);
      const key = await loadMasterKey({ ...source, ...how });
      await then?.(key);
      open = key;
      return key;
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  const openWith = async (current: string | undefined, then?: (key: MasterKey) => Promise<void>) => {
    await openOnce({ passphrase: async () => current }, then);
  };
  return {
    key: async () => {
      if (open) return open;
      // A failure is not kept: the next use looks again, and the cause may be mended by then.
      opening ??= openOnce({ refused }).finally(() => {
        opening = undefined;
      });
      return opening;
    },
    lock: {
      state: async () => {
        const file = await readKeyFile(directory);
        if (file?.kind !== 'sealed') return file ? 'plain' : 'no-key';
        return open ? 'unlocked' : 'locked';
      },
      tryAnew: async () => {
        const mine = turn.then(async () => {
          if ((await readKeyFile(directory))?.kind === 'sealed') await loadMasterKey(source);
        });
        turn = mine.catch(() => undefined);
        await mine;
      },
      unlock: async (passphrase) => {
        if ((await readKeyFile(directory))?.kind === 'sealed') await openWith(passphrase);
      },
      seal: (passphrase, current) => openWith(current, (key) => rewrapKey(directory, key, passphrase)),
      unseal: (current) => openWith(current, (key) => rewrapKey(directory, key, undefined)),
    },
  };
}

async function checkDirectory(directory: string): Promise<void> {
  await makePrivateDirectory(directory);
  const mode = await modeOf(directory);
  if (mode !== undefined && (mode & 0o022) !== 0)
    throw vaultError('DN_VAULT_KEY_EXPOSED', { path: directory, mode: mode.toString(8), wanted: '700' });
}
