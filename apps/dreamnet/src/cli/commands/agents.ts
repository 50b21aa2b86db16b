import type { PsEntry } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import type { AgentDescription } from '../../http/views.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  present,
  untilUnread,
  withCommonOptions,
} from '../context.js';
import { showDescription } from '../describe-text.js';
import { paint } from '../terminal.js';

/** A restart waits for the old process to end and the new one to answer. */
const ACTION_TIMEOUT_MS = 60_000;

/** Commands about one agent: start, stop, restart, describe, logs. */
export function addAgentCommands(program: Command, context: CommandContext): void {
  for (const action of ['start', 'stop', 'restart'] as const) addAction(program, context, action);
  withCommonOptions(program.command('describe').description('all that is known of one agent'))
    .argument('<agent>')
    .action(async (name: string, options: CommonOptions) => {
      const description = await clientOf(context, options).get<AgentDescription>(
        `/api/agents/${encodeURIComponent(name)}`,
      );
      present(context, options, {
        json: description,
        text: () => showDescription(context.terminal, description),
      });
    });
  addLogs(program, context);
}

function addAction(program: Command, context: CommandContext, action: 'start' | 'stop' | 'restart'): void {
  const words = {
    start: 'start an agent and wait until it runs',
    stop: 'end an agent and everything it started',
    restart: 'end an agent and start it anew',
  };
  withCommonOptions(program.command(action).description(words[action]))
    .argument('<agent>')
    .action(async (name: string, options: CommonOptions) => {
      const client = clientOf(context, options, ACTION_TIMEOUT_MS);
      const agent = await client.send<PsEntry>('POST', `/api/agents/${encodeURIComponent(name)}/${action}`);
      present(context, options, {
        json: agent,
        text: () =>
          `${agent.name}: ${paint(context.terminal, agent.status)}${agent.pid === null ? '' : `, pid ${agent.pid}`}`,
      });
    });
}

interface LogOptions extends CommonOptions {
  follow?: boolean;
  lines: string;
  stream: string;
}

function addLogs(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('logs').description('what an agent wrote'))
    .argument('<agent>')
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .option('-n, --lines <count>', 'how many of the last lines', '100')
    .option('--stream <out|err|all>', 'standard output, standard error or both', 'all')
    .action(async (name: string, options: LogOptions) => {
      if (!/^\d{1,6}$/.test(options.lines))
        throw programError('DN_CLI_USAGE', { why: `--lines: '${options.lines}' is not a number of lines` });
      if (!/^(out|err|all)$/.test(options.stream))
        throw programError('DN_CLI_USAGE', { why: `--stream: '${options.stream}' is not out, err or all` });
      const query = new URLSearchParams({ lines: options.lines, stream: options.stream });
      if (options.follow) query.set('follow', 'true');
      const path = `/api/agents/${encodeURIComponent(name)}/logs?${query}`;
      for await (const line of clientOf(context, options).lines(path, untilUnread(context))) {
        if (line === '') continue;
        const entry = JSON.parse(line) as { stream: string; line: string };
        context.terminal.out(
          options.json
            ? line
            : entry.stream === 'err'
              ? context.terminal.colors.yellow(entry.line)
              : entry.line,
        );
      }
    });
}
