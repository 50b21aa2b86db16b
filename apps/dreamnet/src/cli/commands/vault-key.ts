import type { VaultLockState } from '@dreamnet/os-linker';
import type { ReactionOutcome } from '../../daemon/secret-desk.js';
import { programError } from '../../errors.js';
import type { DaemonClient } from '../client.js';
import { present } from '../context.js';
import { type Output, showOutcomes } from '../outcome-text.js';
import { readStdin } from '../read-stdin.js';

/** Verbs of `secrets` that are about the key and not about one secret. */
export const KEY_VERBS = ['key', 'unlock', 'seal', 'unseal'] as const;
export type KeyVerb = (typeof KEY_VERBS)[number];

interface KeyAnswer {
  state: VaultLockState;
  outcomes?: readonly ReactionOutcome[];
}

const STATES = {
  'no-key': 'there is no key yet: the first secret makes one',
  plain: 'the key is in its file as it is, readable by its owner only',
  locked: 'the key is under a passphrase, and locked: dreamnet secrets unlock < FILE',
  unlocked: 'the key is under a passphrase, and unlocked until the daemon ends',
} as const satisfies Record<VaultLockState, string>;

/** Is this one of them? */
export function isKeyVerb(verb: string): verb is KeyVerb {
  return KEY_VERBS.some((known) => known === verb);
}

/** Asks for the passphrases a verb needs, does it, and shows how the key is kept then. */
export async function changeVaultKey(client: DaemonClient, verb: KeyVerb, to: Output): Promise<void> {
  const { state } = await client.get<KeyAnswer>('/api/vault-key');
  if (verb === 'key' || (verb === 'unlock' && (state === 'plain' || state === 'no-key')))
    return showAnswer({ state }, to);
  const isUnder = state === 'locked' || state === 'unlocked';
  if (verb === 'unseal' && !isUnder) return showAnswer({ state }, to);
  const needed = verb === 'seal' && isUnder ? ['The passphrase now', 'The new one'] : ['The passphrase'];
  const [first = '', second] = await readLines(needed, verb);
  const bodies = {
    unlock: { passphrase: first },
    seal: second === undefined ? { passphrase: first } : { current: first, passphrase: second },
    unseal: { current: first },
  } as const satisfies Record<Exclude<KeyVerb, 'key'>, object>;
  showAnswer(await client.send<KeyAnswer>('POST', `/api/vault-key/${verb}`, bodies[verb]), to);
}

/** A passphrase never comes as an argument, as no value does: arguments are seen by every process of the machine. */
async function readLines(prompts: readonly string[], verb: string): Promise<readonly string[]> {
  const lines = (await readStdin(`${prompts.join(', then ')}, each with Enter`)).split(/\r?\n/);
  if (lines.length === prompts.length && lines.every((line) => line !== '')) return lines;
  const why =
    prompts.length === 1
      ? 'one line with the passphrase'
      : 'two lines, the passphrase now and the new one, since the key is under one already';
  throw programError('DN_CLI_USAGE', { why: `secrets ${verb}: standard input must be ${why}` });
}

function showAnswer({ state, outcomes = [] }: KeyAnswer, { context, options }: Output): void {
  if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
  present(context, options, {
    json: { state, outcomes },
    text: () => [STATES[state], ...showOutcomes(context.terminal, outcomes)].join('\n'),
  });
}
