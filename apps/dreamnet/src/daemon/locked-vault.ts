import { listSome } from '../list-some.js';
import { countingBindings } from './counting-bindings.js';
import type { DaemonParts } from './parts.js';

/** What is asked; of the vault only how its key is kept, and a value when its passphrase is named. */
export interface LockedVaultParts {
  readonly linker: Pick<DaemonParts['linker'], 'listBindings' | 'getProcess'>;
  readonly supervisor: Pick<DaemonParts['supervisor'], 'identityOf'>;
  readonly vault: { lock: Pick<DaemonParts['vault']['lock'], 'state'>; get(key: string): Promise<unknown> };
  /** Does the fleet file say where the passphrase is? Then a use of the vault may open it. */
  isNamed(): boolean;
}

/** A named passphrase that does not open the vault is tried again at every so many looks: each try costs a tenth of a second. */
const LOOKS_A_TRY = 30;

/**
 * Tells who runs with a secret of the vault while that is locked: none of them would come back after a crash.
 *
 * @returns To be asked now and then: what the look before this one found, in words; undefined when nobody is concerned. A vault that
 *   cannot be read is told by others.
 */
export function createLockedVault(parts: LockedVaultParts): () => string | undefined {
  let isLocked = false;
  let isLooking = false;
  /** Once open, it stays so until the daemon ends, also when it is sealed anew. */
  let isOpen = false;
  let looks = 0;
  const look = async (key: string) => {
    isLooking = true;
    try {
      const state = await parts.vault.lock.state();
      isOpen = state === 'plain' || state === 'unlocked' || (state === 'locked' && (await opens(key)));
      isLocked = state === 'locked' && !isOpen;
    } catch {
      // Told by whoever needs it.
      isLocked = false;
    }
    isLooking = false;
  };
  const opens = async (key: string): Promise<boolean> => {
    const isTry = looks % LOOKS_A_TRY === 0;
    looks += 1;
    if (!isTry || !parts.isNamed()) return false;
    return parts.vault.get(key).then(
      () => true,
      () => false,
    );
  };
  return () => {
    if (isOpen) return undefined;
    const users = runningUsers(parts);
    const [first] = users.values();
    if (first === undefined) {
      isLocked = false;
      return undefined;
    }
    if (!isLooking) void look(first);
    if (!isLocked) return undefined;
    const names = listSome([...users.keys()]);
    return `the vault is locked, so that who is bound to its secrets would not come back after a crash (${names}): dreamnet secrets unlock < FILE`;
  };
}

/** Who runs → one key of the vault that it is bound to. */
function runningUsers({ linker, supervisor }: LockedVaultParts): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  // Checked by the Linker when it was bound.
  for (const { processId, config } of countingBindings(linker, { type: 'secrets' }))
    for (const { from, key } of Object.values(config as Record<string, { from: string; key?: string }>))
      if (from === 'vault' && key !== undefined && supervisor.identityOf(processId) !== null)
        users.set(processId, key);
  return users;
}
