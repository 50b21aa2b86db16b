import type { GroupView } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showTable } from '../table.js';
import { paint, showTime, type Terminal } from '../terminal.js';

/** `groups`: who is restarted with whom. */
export function addGroupsCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('groups')
      .description('groups of agents: who is restarted with whom, and what was decided last'),
  ).action(async (options: CommonOptions) => {
    const { groups } = await clientOf(context, options).get<{ groups: GroupView[] }>('/api/groups');
    present(context, options, { json: groups, text: () => showGroups(context.terminal, groups) });
  });
}

function showGroups(terminal: Terminal, groups: readonly GroupView[]): string {
  return showTable(terminal, groups, {
    columns: [
      { heading: 'GROUP', cell: (group) => group.name },
      { heading: 'IN', spare: 2, cell: (group) => group.parent ?? '-' },
      { heading: 'PHASE', cell: (group) => paint(terminal, group.phase) },
      { heading: 'UP', cell: ({ running, agents }) => `${running}/${agents.length}` },
      { heading: 'STRATEGY', spare: 4, cell: (group) => group.strategy },
      {
        heading: 'RESTARTS',
        spare: 3,
        cell: ({ recentRestarts, intensity, periodMs }) =>
          `${recentRestarts}/${intensity} in ${periodMs / 1000} s`,
      },
      { heading: 'MEMBERS', cell: (group) => group.members.join(' → '), isElastic: true },
      { heading: 'LAST', cell: lastOf, isElastic: true },
    ],
    empty: 'No groups.',
  });
}

/** When it is tried again, else what was decided last. */
function lastOf({ phase, retryAt, circuit, lastDecision }: GroupView): string {
  const decided = lastDecision === null ? '-' : `${showTime(lastDecision.at)} ${lastDecision.because}`;
  if (phase === 'broken' && retryAt !== null) return `tried again at ${showTime(retryAt)}; ${decided}`;
  return circuit === 'half_open' ? `on trial; ${decided}` : decided;
}

/** A group after something was done to it, in one line. */
export function showGroupLine(terminal: Terminal, { name, phase, running, agents }: GroupView): string {
  return `${name}: ${paint(terminal, phase)}, ${running} of ${agents.length} up (${agents.join(' → ')})`;
}
