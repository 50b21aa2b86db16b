import type { VaultLockState } from '@dreamnet/os-linker';
import type { AgentFleet } from './agent-fleet.js';
import type { DaemonParts } from './parts.js';
import { mayWaitForValue, type ReactionOutcome, reactAll } from './secret-desk.js';

/** The key of the vault as the interfaces use it. No passphrase is ever given out. */
export interface VaultDesk {
  state(): Promise<VaultLockState>;
  /** Opens the key until the daemon ends, and starts agents that waited for secrets. @throws DN_VAULT_WRONG_PASSPHRASE */
  unlock(passphrase: string, actor: string): Promise<readonly ReactionOutcome[]>;
  /** @throws DN_VAULT_PASSPHRASE_UNFIT, DN_VAULT_LOCKED without `current` where one is set, DN_VAULT_WRONG_PASSPHRASE */
  seal(passphrase: string, current: string | undefined, actor: string): Promise<void>;
  /** @throws DN_VAULT_WRONG_PASSPHRASE */
  unseal(current: string, actor: string): Promise<void>;
}

/** The desk of a daemon. A try is in the audit trail before it is made. */
export function createVaultDesk(parts: DaemonParts, fleet: AgentFleet): VaultDesk {
  const { vault, core, redactor } = parts;
  const record = (actor: string, action: string, passphrases: readonly (string | undefined)[]) => {
    for (const one of passphrases) if (one !== undefined) redactor.add(one);
    return core.audit.record({ actor, action, target: 'vault' });
  };
  return {
    state: () => vault.lock.state(),
    unlock: async (passphrase, actor) => {
      await record(actor, 'vault.unlock', [passphrase]);
      await vault.lock.unlock(passphrase);
      await parts.hiddenOutput.vaultWasOpened();
      const waiting = [...usersOfVault(parts)].filter((id) => mayWaitForValue(parts, id));
      const users = waiting.map((id) => ({ id, reactions: ['none'] as const }));
      return reactAll({ parts, fleet }, users, 'the vault was unlocked');
    },
    seal: async (passphrase, current, actor) => {
      await record(actor, 'vault.seal', [passphrase, current]);
      await vault.lock.seal(passphrase, current);
    },
    unseal: async (current, actor) => {
      await record(actor, 'vault.unseal', [current]);
      await vault.lock.unseal(current);
    },
  };
}

/** Agents with a secret of the vault. */
function usersOfVault({ linker }: DaemonParts): ReadonlySet<string> {
  const bound = linker.listBindings({ type: 'secrets' }).filter(({ config }) =>
    // Checked by the Linker when it was bound.
    Object.values(config as Record<string, { from: string }>).some(({ from }) => from === 'vault'),
  );
  return new Set(bound.map(({ processId }) => processId));
}
