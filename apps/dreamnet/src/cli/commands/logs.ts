import type { LogEntry } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  untilUnread,
  withCommonOptions,
} from '../context.js';
import { createLogPrinter } from '../log-text.js';

interface LogOptions extends CommonOptions {
  follow?: boolean;
  lines?: string;
  stream: string;
  since?: string;
  until?: string;
  level?: string;
  grep?: string;
  times?: boolean;
}

/** What agents wrote. */
export function addLogCommands(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('logs').description('what agents wrote, in the order of time'))
    .argument('[agents...]', 'whose lines (default: everybody’s)')
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .option('-n, --lines <count>', 'how many of the last lines (default: 100; all of them with --since)')
    .option('--since <time>', 'only lines since: how long ago (10m) or a time (2026-11-21T18:00:00Z)')
    .option('--until <time>', 'only lines until: how long ago or a time')
    .option('--level <level>', 'this level and worse: trace, debug, info, warn, error, fatal')
    .option('--grep <text>', 'only lines with this text in them; capitals make no difference')
    .option('--stream <out|err|all>', 'standard output, standard error or both', 'all')
    .option('-t, --times', 'the time before each line')
    .action((names: string[], options: LogOptions) => showLogs(context, names, options));
}

async function showLogs(
  context: CommandContext,
  names: readonly string[],
  options: LogOptions,
): Promise<void> {
  if (options.lines !== undefined && !/^\d{1,6}$/.test(options.lines))
    throw programError('DN_CLI_USAGE', { why: `--lines: '${options.lines}' is not a number of lines` });
  if (!/^(out|err|all)$/.test(options.stream))
    throw programError('DN_CLI_USAGE', { why: `--stream: '${options.stream}' is not out, err or all` });
  const { lines, stream, since, until, level, grep } = options;
  const asked = { agents: names.join(','), lines, stream, since, until, level, grep };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    if (value !== undefined && value !== '') query.set(name, value);
  if (options.follow) query.set('follow', 'true');
  const print = createLogPrinter(context.terminal, {
    withNames: names.length !== 1,
    withTimes: options.times === true,
  });
  for await (const line of clientOf(context, options).lines(`/api/logs?${query}`, untilUnread(context))) {
    if (line === '') continue;
    context.terminal.out(options.json ? line : print(JSON.parse(line) as LogEntry));
  }
}
