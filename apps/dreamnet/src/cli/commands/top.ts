import type { PsEntry, StatusView } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import type { Command } from 'commander';
import { SUBSYSTEM_ORDERS } from '../../daemon/worst.js';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, withCommonOptions } from '../context.js';
import { createLiveView } from '../live-view.js';
import { showStatus } from '../status-text.js';
import type { Terminal } from '../terminal.js';
import { showTotals, showUsageTable, sortByUsage, USAGE_ORDERS, type UsageOrder } from '../usage-table.js';

const REFRESH_MS = 1000;
/** Lines of a drawing that are no list: scores, headings, counts. */
const FIXED_LINES = 15;
/** Agents get this share of the lines left; subsystems, which include them, get the rest. */
const AGENT_SHARE = 0.6;

interface TopOptions extends CommonOptions {
  sort?: string;
  subsystems?: string;
  lines?: string;
}

interface Shown {
  status: StatusView;
  agents: PsEntry[];
}

interface Orders {
  agents: UsageOrder;
  subsystems: string;
}

/** `top`: status, and the agents that use most, drawn anew every second, never longer than the screen. */
export function addTopCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('top')
      .description('status and what agents use, live until Ctrl-C; --json: once, all agents'),
  )
    .option('--sort <order>', `order of agents: ${USAGE_ORDERS.join(', ')} (default: cpu)`)
    .option('--subsystems <order>', `order of subsystems: ${SUBSYSTEM_ORDERS.join(', ')} (default: status)`)
    .option('-n, --lines <number>', 'lines drawn (default: as the screen has)')
    .action((options: TopOptions) => runTop(context, options));
}

async function runTop(context: CommandContext, options: TopOptions): Promise<void> {
  const { terminal, signal, clock } = context;
  const orders = ordersOf(options);
  linesOf(options, terminal);
  const client = clientOf(context, options);
  const readAgents = async () => (await client.get<{ agents: PsEntry[] }>('/api/ps')).agents;
  if (options.json) {
    terminal.out(JSON.stringify(sortByUsage(await readAgents(), orders.agents), null, 2));
    return;
  }
  if (!terminal.isPerson)
    throw programError('DN_CLI_USAGE', {
      why: 'top draws on a terminal; for programs there is top --json',
    });
  const lines = () => linesOf(options, terminal);
  const read = async (): Promise<Shown> => ({
    status: await client.get<StatusView>(`/api/status?worst=${lines()}&order=${orders.subsystems}`),
    agents: await readAgents(),
  });
  let shown = await read();
  const render = () => draw(terminal, shown, { lines: lines(), now: clock.now(), order: orders.agents });
  const view = createLiveView({ terminal, clock, everyMs: REFRESH_MS, render });
  try {
    while (!signal.aborted) {
      await sleep(clock, REFRESH_MS, signal);
      if (!signal.aborted) shown = await read();
    }
  } finally {
    view.stop();
  }
}

/** What is drawn must fit the screen: what scrolled out could not be drawn over. */
function draw(
  terminal: Terminal,
  { status, agents }: Shown,
  { lines, now, order }: { lines: number; now: number; order: UsageOrder },
): string {
  const room = Math.max(4, lines - FIXED_LINES);
  const agentRows = Math.min(agents.length, Math.max(2, Math.floor(room * AGENT_SHARE)));
  const most = sortByUsage(agents, order).slice(0, agentRows);
  const more = agents.length - most.length;
  return [
    showStatus(terminal, status, { rows: room - agentRows, now }),
    '',
    showTotals(terminal, agents),
    showUsageTable(terminal, most, now),
    ...(more > 0 ? [terminal.colors.dim(`and ${more} more agents (top --json, dreamnet ps)`)] : []),
  ].join('\n');
}

function ordersOf({ sort = 'cpu', subsystems = 'status' }: TopOptions): Orders {
  const agents = USAGE_ORDERS.find((order) => order === sort);
  if (agents === undefined)
    throw programError('DN_CLI_USAGE', {
      why: `top sorts agents by ${USAGE_ORDERS.join(', ')}; not by '${sort}'`,
    });
  if (SUBSYSTEM_ORDERS.some((order) => order === subsystems)) return { agents, subsystems };
  throw programError('DN_CLI_USAGE', {
    why: `top sorts subsystems by ${SUBSYSTEM_ORDERS.join(', ')}; not by '${subsystems}'`,
  });
}

function linesOf({ lines }: TopOptions, terminal: Terminal): number {
  if (lines === undefined) return terminal.rows;
  const number = Number(lines);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw programError('DN_CLI_USAGE', { why: `'${lines}' is no number of lines` });
}
