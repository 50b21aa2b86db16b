import type { EnvironmentBinding } from '@dreamnet/contracts';
import type { Command } from 'commander';
import type { BindingAnswer } from '../../daemon/binding-desk.js';
import type { ReactionOutcome } from '../../daemon/secret-desk.js';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showOutcomes } from '../outcome-text.js';
import { showTable } from '../table.js';
import type { Terminal } from '../terminal.js';
import { storeSecret } from './secrets.js';

/** A restart waits for the old process to end and the new one to answer. */
const REACTION_TIMEOUT_MS = 300_000;

/** Words after `bindings`; how many there are depends on the first. */
type BindingArguments = [
  verb?: string,
  name?: string,
  type?: string,
  json?: string,
  options?: BindingOptions,
];

interface BindingOptions extends CommonOptions {
  for?: string;
}

/** `bindings`: what agents may use. */
export function addBindingsCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('bindings')
      .description(
        "what agents may use; 'rotate AGENT' fetches its secrets anew, 'set KEY' stores one from stdin",
      ),
  )
    .argument('[verb]', 'set, rotate, add or remove')
    .argument('[name]')
    .argument('[type]', 'secrets, files or network')
    .argument('[json]', 'what is bound, as JSON')
    .option('--for <environment>', 'counts in production, staging or development only')
    .action(async (...[verb, name, type, json, options = {}]: BindingArguments) => {
      const client = clientOf(context, options, REACTION_TIMEOUT_MS);
      if (verb === undefined) {
        const view = await client.get<{ bindings: EnvironmentBinding[]; secrets: string[] }>('/api/bindings');
        present(context, options, { json: view, text: () => showBindings(context.terminal, view.bindings) });
      } else if (verb === 'set' && name !== undefined) await storeSecret(client, name, { context, options });
      else if (verb === 'rotate' && name !== undefined) {
        const path = `/api/agents/${encodeURIComponent(name)}/rotate`;
        const outcome = await client.send<ReactionOutcome>('POST', path);
        if (!outcome.ok) process.exitCode = 1;
        present(context, options, {
          json: outcome,
          text: () => showOutcomes(context.terminal, [outcome]).join('\n').trim(),
        });
      } else if (verb === 'add' && json !== undefined) {
        const body = { agent: name, type, config: parseConfig(json), environment: options.for };
        const answer = await client.send<BindingAnswer>('POST', '/api/bindings', body);
        present(context, options, { json: answer, text: () => showAnswer('bound', answer) });
      } else if (verb === 'remove' && name !== undefined) {
        const answer = await client.send<BindingAnswer>(
          'DELETE',
          `/api/bindings/${encodeURIComponent(name)}`,
        );
        present(context, options, { json: answer, text: () => showAnswer('taken back', answer) });
      } else
        throw programError('DN_CLI_USAGE', {
          why: 'bindings: say nothing more, or: set KEY, with the value on stdin; rotate AGENT; add AGENT TYPE JSON; remove ID',
        });
    });
}

function parseConfig(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    // Not quoted: somebody may have put the secret where its reference belongs.
    throw programError('DN_CLI_USAGE', { why: 'bindings add: what is bound is not JSON' }, thrown);
  }
}

function showAnswer(words: string, { binding, needsRestart }: BindingAnswer): string {
  const when = needsRestart ? `; counts from the next start: dreamnet restart ${binding.processId}` : '';
  return `${binding.id}: ${binding.type} ${words}${when}`;
}

function showBindings(terminal: Terminal, bindings: readonly EnvironmentBinding[]): string {
  return showTable(terminal, bindings, {
    columns: [
      { heading: 'ID', cell: (binding) => binding.id, spare: 2 },
      { heading: 'AGENT', cell: (binding) => binding.processId },
      { heading: 'TYPE', cell: (binding) => binding.type },
      { heading: 'FOR', cell: (binding) => binding.environmentId.replace(/^env-/, ''), spare: 1 },
      { heading: 'CONFIG', cell: (binding) => JSON.stringify(binding.config), isElastic: true },
    ],
    empty: 'No bindings.',
  });
}
