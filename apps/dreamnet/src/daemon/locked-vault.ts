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

/**
 * Tells who runs with a secret of the vault while that is locked: none of them would come back after a crash.
 *
 * @returns To be asked now and then: what the look before this one found, in words; undefined when nobody is concerned. A vault that
 *   cannot be read is told by others.
 */
export function createLockedVault(parts: LockedVaultParts): () => string | undefined {
  let isLocked = false;
  let isLooking = false;
  const look = (key: string) => {
    if (isLooking) return;
    isLooking = true;
    const found = (state: boolean) => {
      isLocked = state;
      isLooking = false;
    };
    void findLocked(parts, key).then(found, () => found(false));
  };
  return () => {
    const users = runningUsers(parts);
    const [first] = users.values();
    if (first === undefined) {
      isLocked = false;
      return undefined;
    }
    look(first);
    if (!isLocked) return undefined;
    const names = listSome([...users.keys()]);
    return `the vault is locked, so that who is bound to its secrets would not come back after a crash (${names}): dreamnet secrets unlock < FILE`;
  };
}

async function findLocked({ vault, isNamed }: LockedVaultParts, key: string): Promise<boolean> {
  if ((await vault.lock.state()) !== 'locked') return false;
  if (!isNamed()) return true;
  return vault.get(key).then(
    () => false,
    () => true,
  );
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
