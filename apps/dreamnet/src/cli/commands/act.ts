import type { FixResult, IntegrationGap, RecoveryAction, RemedyAnswer } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import type { DaemonClient } from '../client.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showTable } from '../table.js';
import { paint, showTime, type Terminal } from '../terminal.js';
import { showGaps } from './look.js';

/** Commands that decide about findings and remedies: recover, approve, reject, gaps. */
export function addActCommands(program: Command, context: CommandContext): void {
  addRecovery(program, context);
  addGaps(program, context);
}

function addRecovery(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('recover').description('recovery actions; or: recover ID carries one out'),
  )
    .argument('[id]')
    .action(async (id: string | undefined, options: CommonOptions) => {
      const client = clientOf(context, options);
      if (id === undefined) {
        const { actions } = await askActions(client);
        present(context, options, { json: actions, text: () => showActions(context.terminal, actions) });
        return;
      }
      await decide(context, options, { id, verb: 'execute' });
    });
  for (const verb of ['approve', 'reject'] as const)
    withCommonOptions(program.command(verb).description(`${verb} a recovery action that waits for a person`))
      .argument('<id>')
      .action((id: string, options: CommonOptions) => decide(context, options, { id, verb }));
}

/** Who may act asks what could be done; who may only look is shown what was proposed before. */
function askActions(client: DaemonClient): Promise<{ actions: RecoveryAction[] }> {
  const path = '/api/recovery-actions';
  return client.send<{ actions: RecoveryAction[] }>('POST', path).catch((thrown: unknown) => {
    const error = DreamnetError.from(thrown);
    if (error.code !== 'DN_API_FORBIDDEN') throw error;
    return client.get<{ actions: RecoveryAction[] }>(path);
  });
}

async function decide(
  context: CommandContext,
  options: CommonOptions,
  decision: { id: string; verb: string },
): Promise<void> {
  const path = `/api/recovery-actions/${encodeURIComponent(decision.id)}/${decision.verb}`;
  const answer = await clientOf(context, options).send<RemedyAnswer>('POST', path);
  present(context, options, {
    json: answer,
    text: () => (answer.ok ? `${decision.id}: ${paint(context.terminal, answer.state)}` : answer.because),
  });
}

function showActions(terminal: Terminal, actions: readonly RecoveryAction[]): string {
  return showTable(terminal, actions, {
    columns: [
      { heading: 'ID', cell: (action) => action.id },
      { heading: 'STATE', cell: (action) => paint(terminal, action.state) },
      { heading: 'TYPE', cell: (action) => action.type },
      { heading: 'SUBSYSTEM', cell: (action) => action.subsystem },
      { heading: 'RISK', cell: (action) => action.risk },
      { heading: 'BY', cell: (action) => action.executor },
      { heading: 'AT', cell: (action) => showTime(action.createdAt) },
      { heading: 'WHY', cell: (action) => action.outcome ?? action.reason, isElastic: true },
    ],
    empty: 'No recovery actions.',
  });
}

function addGaps(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('gaps').description("what is not wired up; 'gaps fix' mends what can be mended"),
  )
    .argument('[verb]', 'fix')
    .action(async (verb: string | undefined, options: CommonOptions) => {
      const client = clientOf(context, options);
      if (verb === undefined) {
        const { gaps } = await client.get<{ gaps: IntegrationGap[] }>('/api/gaps');
        present(context, options, { json: gaps, text: () => showGaps(context.terminal, gaps) });
        return;
      }
      if (verb !== 'fix') throw programError('DN_CLI_USAGE', { why: `gaps: '${verb}' is not 'fix'` });
      const { results } = await client.send<{ results: FixResult[] }>('POST', '/api/gaps/fix');
      present(context, options, { json: results, text: () => showFixes(context.terminal, results) });
    });
}

function showFixes(terminal: Terminal, results: readonly FixResult[]): string {
  return showTable(terminal, results, {
    columns: [
      { heading: 'GAP', cell: (result) => result.gapId },
      { heading: 'STATE', cell: (result) => paint(terminal, result.state) },
      { heading: 'WHAT', cell: (result) => result.description, isElastic: true },
    ],
    empty: 'Nothing to fix.',
  });
}
