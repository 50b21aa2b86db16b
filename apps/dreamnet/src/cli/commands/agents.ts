import type { GroupOutcome, GroupView, PsEntry } from '@dreamnet/contracts';
import type { RecordedChange } from '@dreamnet/os-linker';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import type { AgentDescription, StoppedAgent } from '../../http/views.js';
import { showChanges } from '../change-text.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showDescription } from '../describe-text.js';
import { notKeptLines } from '../not-kept-text.js';
import { stopText } from '../stop-text.js';
import { paint, type Terminal } from '../terminal.js';
import { showGroupLine } from './groups.js';
import { rollAgent } from './scaling.js';

/** What the death of the daemon means while a stop is in memory alone. */
const LOST_STOP = 'if the daemon dies before that, the stop does not hold';
/** A restart waits for the old process to end and the new one to answer. */
const ACTION_TIMEOUT_MS = 60_000;

/** Commands about one agent: start, stop, restart, describe. */
export function addAgentCommands(program: Command, context: CommandContext): void {
  for (const action of ['start', 'stop', 'restart'] as const) addAction(program, context, action);
  withCommonOptions(program.command('describe').description('all that is known of one agent'))
    .argument('<agent>')
    .option('--changes', 'who changed its descriptor, bindings and secrets, and what was there before')
    .action(async (name: string, options: CommonOptions & { changes?: boolean }) => {
      if (options.changes) return describeChanges(context, name, options);
      const description = await clientOf(context, options).get<AgentDescription>(
        `/api/agents/${encodeURIComponent(name)}`,
      );
      present(context, options, {
        json: description,
        text: () => showDescription(context.terminal, description, context.clock.now()),
      });
    });
}

async function describeChanges(context: CommandContext, name: string, options: CommonOptions): Promise<void> {
  const { changes } = await clientOf(context, options).get<{ changes: RecordedChange[] }>(
    `/api/processes/${encodeURIComponent(name)}/changes`,
  );
  present(context, options, { json: changes, text: () => showChanges(context.terminal, changes) });
}

/** What was seen: a process, or how each one ended. */
function showAction(terminal: Terminal, agent: PsEntry | StoppedAgent): string {
  const pid = agent.pid === null ? '' : `, pid ${agent.pid}`;
  // It ended well, and nothing starts it again.
  const isFinished = agent.phase === 'exited' && agent.status === 'stopped';
  const line = `${agent.name}: ${isFinished ? 'finished' : paint(terminal, agent.status)}${pid}`;
  if (!('stops' in agent)) return line;
  const [only, ...others] = agent.stops;
  const unkept = notKeptLines(agent.notKept, LOST_STOP);
  if (only && others.length === 0) return [`${line}; ${stopText(only)}`, ...unkept].join('\n');
  return [line, ...agent.stops.map((one) => `  ${one.id}: ${stopText(one)}`), ...unkept].join('\n');
}

function showGroupOutcome(terminal: Terminal, group: GroupOutcome): string {
  const missing = group.notRunning.map((id) => `  ${id} does not run; see 'dreamnet describe ${id}'`);
  return [showGroupLine(terminal, group), ...missing, ...notKeptLines(group.notKept, LOST_STOP)].join('\n');
}

interface ActionOptions extends CommonOptions {
  rolling?: boolean;
  maxUnavailable?: string;
}

function addAction(program: Command, context: CommandContext, action: 'start' | 'stop' | 'restart'): void {
  const words = {
    start: 'start an agent and see that it runs, or a whole group in order',
    stop: 'end an agent and everything it started, or a whole group, last to first',
    restart: 'end an agent, or a whole group, and start it anew',
  };
  const command = withCommonOptions(program.command(action).description(words[action])).argument(
    '<name>',
    'an agent or a group',
  );
  if (action === 'restart')
    command
      .option('--rolling', 'without a gap: each new process serves before an old one ends; waits for the end')
      .option('--max-unavailable <number>', 'with it: 1 ends each one first and starts it in its place');
  command.action(async (name: string, options: ActionOptions) => {
    if (options.rolling) return rollAgent(context, name, options);
    if (options.maxUnavailable !== undefined)
      throw programError('DN_CLI_USAGE', {
        why: '--max-unavailable goes with --rolling: a plain restart ends every process at once',
      });
    const client = clientOf(context, options, ACTION_TIMEOUT_MS);
    const { groups } = await client.get<{ groups: GroupView[] }>('/api/groups');
    if (groups.some((group) => group.name === name)) {
      const path = `/api/groups/${encodeURIComponent(name)}/${action}`;
      const group = await client.send<GroupOutcome>('POST', path);
      present(context, options, { json: group, text: () => showGroupOutcome(context.terminal, group) });
      if (group.notRunning.length > 0) process.exitCode = 1;
      return;
    }
    const agent = await client.send<PsEntry | StoppedAgent>(
      'POST',
      `/api/agents/${encodeURIComponent(name)}/${action}`,
    );
    present(context, options, { json: agent, text: () => showAction(context.terminal, agent) });
  });
}
