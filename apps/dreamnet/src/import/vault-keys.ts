import { createHash } from 'node:crypto';
import type { ImportedAgent } from './imported.js';

/** The vault takes no longer keys. */
const LONGEST_KEY = 120;
/** Digits of a digest: enough that what is cut off is told apart. */
const DIGEST_DIGITS = 16;

/**
 * What an agent is bound to, with the keys its secrets are to have in the vault, and what is to be said of each.
 *
 * @param name What the agent is called in the fleet file: unlike the name it had, nobody else has it, and the vault takes it.
 * @returns `config` of a `secrets` binding, variable by variable, and the notes in the same order.
 */
export function bindSecrets(
  { secrets }: ImportedAgent,
  name: string,
): { config: Record<string, unknown>; notes: readonly string[] } {
  const config: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [variable, source] of Object.entries(secrets)) {
    if (source.from === 'env') {
      config[variable] = source;
      continue;
    }
    const key = vaultKey(name, variable);
    config[variable] = { from: 'vault', key };
    notes.push(`${variable} ${source.why}; put it into the vault as ${key}`);
  }
  return { config, notes };
}

/** A name has no dot in it, so no two pairs have the same key. */
function vaultKey(name: string, variable: string): string {
  const key = `${name}.${variable}`;
  if (key.length <= LONGEST_KEY) return key;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_DIGITS);
  return `${key.slice(0, LONGEST_KEY - DIGEST_DIGITS - 1)}-${digest}`;
}
