import { DreamnetError } from '@dreamnet/kit';
import { appliesTo, type VaultLockState } from '@dreamnet/os-linker';
import type { DoctorCheck } from '../http/views.js';
import { listSome } from '../list-some.js';
import type { DaemonParts } from './parts.js';

const CHECK = 'vault';
const VAULT_STATES = {
  'no-key': 'no key yet',
  plain: 'its key is in a file of its owner',
  locked: 'its key is under a passphrase',
  unlocked: 'its key is under a passphrase, and open',
} as const satisfies Record<VaultLockState, string>;
const PLAIN_KEY =
  'the fleet file names a passphrase, and the key is under none: dreamnet secrets seal < FILE';

/** A variable of an agent that is to come from the vault. */
interface VaultReference {
  readonly who: string;
  readonly key: string;
}

type VaultParts = Pick<DaemonParts, 'vault' | 'loaded' | 'linker'>;

/** Opens the vault with what it is to be opened with, and fetches every secret that somebody is bound to; no value is kept. */
export async function examineVault(parts: VaultParts): Promise<DoctorCheck> {
  const { vault, loaded } = parts;
  const isNamed = loaded().fleet.vault.passphrase !== undefined;
  try {
    const state = await vault.lock.state();
    // Only a use shows whether what the fleet file names opens it.
    if (state === 'locked' && !isNamed) return finding('locked: dreamnet secrets unlock < FILE');
    if (state === 'plain' && isNamed) return finding(PLAIN_KEY);
    const references = referencesOf(parts);
    const missing = await tryAll(parts, references);
    const said = VAULT_STATES[await vault.lock.state()];
    // One that was locked until now was opened just so.
    const later = isNamed && state === 'unlocked' ? await tryNextStart(parts) : undefined;
    if (later !== undefined) return finding(`${said} now; ${later}`);
    if (missing.length > 0) return finding(`${said}; ${listSome(missing, '; ')}`);
    const tried =
      references.length === 0 ? '' : `; ${references.length} of ${references.length} references have a value`;
    return { check: CHECK, isOk: true, details: `${said}${tried}` };
  } catch (thrown) {
    return finding(DreamnetError.from(thrown).message);
  }
}

/** Another passphrase than the one named may have opened it, or sealed it since. @returns what the next start will meet */
async function tryNextStart({ vault }: VaultParts): Promise<string | undefined> {
  try {
    await vault.lock.tryAnew();
    return undefined;
  } catch (thrown) {
    const { message } = DreamnetError.from(thrown);
    return `the next start would leave it locked: ${message} The fleet file (vault.passphrase) must name the one that it is under: change that, or the key by dreamnet secrets seal < FILE (two lines: the one now, then the one named)`;
  }
}

/** Those that count in the environment in force. */
function referencesOf({ linker, loaded }: VaultParts): VaultReference[] {
  const { environment } = loaded().fleet.context;
  return linker.listBindings().flatMap((binding) => {
    const { processId, type, config } = binding;
    if (type !== 'secrets' || !appliesTo(binding, environment)) return [];
    return Object.entries(config).flatMap(([variable, reference]) => {
      const { from, key } = reference as { from?: unknown; key?: unknown };
      return from === 'vault' && typeof key === 'string' ? [{ who: `${processId}: ${variable}`, key }] : [];
    });
  });
}

/** @returns What failed, in words. @throws what concerns the vault as a whole */
async function tryAll({ vault }: VaultParts, references: readonly VaultReference[]): Promise<string[]> {
  const failed: string[] = [];
  // Without anybody bound to one, any of them shows whether the key opens.
  const [any] = references.length === 0 ? await vault.keys() : [];
  if (any !== undefined) await vault.get(any);
  for (const { who, key } of references) {
    const value = await vault.get(key).catch((thrown) => {
      const error = DreamnetError.from(thrown);
      // Of one record only; every other error would be the same for each of them.
      if (error.code === 'DN_VAULT_RECORD_DAMAGED' || error.code === 'DN_VAULT_TAMPERED') return error;
      throw error;
    });
    if (DreamnetError.is(value)) failed.push(`${who} from '${key}': ${value.message}`);
    else if (value === undefined)
      failed.push(`${who}: there is no '${key}': dreamnet secrets set ${key} < FILE`);
  }
  return failed;
}

function finding(details: string): DoctorCheck {
  return { check: CHECK, isOk: false, details };
}
