import type { Command } from 'commander';
import type { ReactionOutcome, SecretView } from '../../daemon/secret-desk.js';
import { programError } from '../../errors.js';
import type { DaemonClient } from '../client.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { type Output, showOutcomes } from '../outcome-text.js';
import { readStdin } from '../read-stdin.js';
import { showTable } from '../table.js';
import { showTime } from '../terminal.js';
import { changeVaultKey, isKeyVerb } from './vault-key.js';

/** Those bound are restarted one after another, each until it answers. */
const REACTION_TIMEOUT_MS = 300_000;

/** What came of a change of a secret. */
interface StoredAnswer {
  key: string;
  version: number;
  outcomes: readonly ReactionOutcome[];
}

/** `secrets`: what the vault holds, without values. */
export function addSecretsCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('secrets').description('secrets by name and version; values come in and never out'),
  )
    .argument('[verb]', 'set, versions, rollback, delete; or of the key: key, unlock, seal, unseal')
    .argument('[key]')
    .argument('[version]')
    .action(
      async (
        verb: string | undefined,
        key: string | undefined,
        version: string | undefined,
        options: CommonOptions,
      ) => {
        const client = clientOf(context, options, REACTION_TIMEOUT_MS);
        if (verb === undefined) await list(client, { context, options });
        else if (isKeyVerb(verb) && key === undefined)
          await changeVaultKey(client, verb, { context, options });
        else if (key === undefined) throw usage();
        else if (verb === 'set') await storeSecret(client, key, { context, options });
        else if (verb === 'versions') await showVersions(client, key, { context, options });
        else if (verb === 'rollback') await rollback(client, { key, version }, { context, options });
        else if (verb === 'delete') await remove(client, key, { context, options });
        else throw usage();
      },
    );
}

/** Reads a value from standard input and stores it as a new version. */
export async function storeSecret(client: DaemonClient, key: string, to: Output): Promise<void> {
  const value = await readValue(key);
  const answer = await client.send<StoredAnswer>('PUT', `/api/vault/${encodeURIComponent(key)}`, { value });
  presentStored(answer, to);
}

async function list(client: DaemonClient, { context, options }: Output): Promise<void> {
  const { terminal } = context;
  const { secrets } = await client.get<{ secrets: SecretView[] }>('/api/vault');
  present(context, options, {
    json: secrets,
    text: () =>
      showTable(terminal, secrets, {
        columns: [
          { heading: 'SECRET', cell: (secret) => secret.key },
          { heading: 'VERSION', cell: (secret) => String(secret.versions.at(-1)?.version ?? '-') },
          { heading: 'SET', cell: (secret) => showTime(secret.versions.at(-1)?.writtenAt ?? 0, true) },
          { heading: 'USED BY', cell: usersOf, isElastic: true },
        ],
        empty: 'No secrets.',
      }),
  });
}

/** Who runs with an older version says which. */
function usersOf({ usedBy, behind }: SecretView): string {
  const named = usedBy.map((id) => {
    const old = behind.find((one) => one.process === id);
    if (!old) return id;
    return `${id} (${old.version === null ? 'an older version' : `version ${old.version}`})`;
  });
  return named.join(', ') || '-';
}

async function showVersions(client: DaemonClient, key: string, { context, options }: Output): Promise<void> {
  const secret = await client.get<SecretView>(`/api/vault/${encodeURIComponent(key)}`);
  present(context, options, {
    json: secret,
    text: () =>
      secret.versions
        .map(({ version, writtenAt }) => `${key} version ${version}, set ${showTime(writtenAt, true)}`)
        .join('\n'),
  });
}

async function rollback(
  client: DaemonClient,
  { key, version }: { key: string; version: string | undefined },
  to: Output,
): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(version ?? '')) throw usage();
  const path = `/api/vault/${encodeURIComponent(key)}/rollback`;
  presentStored(await client.send<StoredAnswer>('POST', path, { version: Number(version) }), to);
}

async function remove(client: DaemonClient, key: string, { context, options }: Output): Promise<void> {
  const secret = await client.send<SecretView>('DELETE', `/api/vault/${encodeURIComponent(key)}`);
  const users = secret.usedBy.length === 0 ? '' : `; bound to it: ${secret.usedBy.join(', ')}`;
  present(context, options, { json: secret, text: () => `${key}: deleted${users}` });
}

function presentStored(answer: StoredAnswer, { context, options }: Output): void {
  const { terminal } = context;
  if (answer.outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
  present(context, options, {
    json: answer,
    text: () =>
      [`${answer.key}: stored as version ${answer.version}`, ...showOutcomes(terminal, answer.outcomes)].join(
        '\n',
      ),
  });
}

/** A secret never comes as an argument: arguments are seen by every process of the machine. */
async function readValue(key: string): Promise<string> {
  const value = await readStdin(`Value of ${key}`);
  if (value === '') throw programError('DN_CLI_USAGE', { why: `${key}: standard input was empty` });
  return value;
}

function usage() {
  return programError('DN_CLI_USAGE', {
    why: 'secrets: say nothing more, or: set KEY with the value on stdin; versions KEY; rollback KEY VERSION; delete KEY; key; unlock, seal, unseal with the passphrase on stdin',
  });
}
