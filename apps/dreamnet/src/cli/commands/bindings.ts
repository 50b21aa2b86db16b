import type { EnvironmentBinding } from '@dreamnet/contracts';
import type { Command } from 'commander';
import type { ReactionOutcome } from '../../daemon/secret-desk.js';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showTable } from '../table.js';
import type { Terminal } from '../terminal.js';
import { showOutcomes, storeSecret } from './secrets.js';

/** A restart waits for the old process to end and the new one to answer. */
const REACTION_TIMEOUT_MS = 300_000;

/** `bindings`: what agents may use. */
export function addBindingsCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('bindings')
      .description(
        "what agents may use; 'rotate AGENT' fetches its secrets anew, 'set KEY' stores one from stdin",
      ),
  )
    .argument('[verb]', 'set or rotate')
    .argument('[name]')
    .action(async (verb: string | undefined, name: string | undefined, options: CommonOptions) => {
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
      } else
        throw programError('DN_CLI_USAGE', {
          why: 'bindings: say nothing more, or: set KEY, with the value on stdin; rotate AGENT',
        });
    });
}

function showBindings(terminal: Terminal, bindings: readonly EnvironmentBinding[]): string {
  return showTable(terminal, bindings, {
    columns: [
      { heading: 'AGENT', cell: (binding) => binding.processId },
      { heading: 'TYPE', cell: (binding) => binding.type },
      { heading: 'FOR', cell: (binding) => binding.environmentId.replace(/^env-/, ''), spare: 1 },
      { heading: 'CONFIG', cell: (binding) => JSON.stringify(binding.config), isElastic: true },
    ],
    empty: 'No bindings.',
  });
}
