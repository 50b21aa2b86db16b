import type { PsEntry, StatusView } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import type { Command } from 'commander';
import { SUBSYSTEM_ORDERS } from '../../daemon/worst.js';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, withCommonOptions } from '../context.js';
import { createLiveView } from '../live-view.js';
import { showStatus } from '../status-text.js';
import type { Terminal } from '../terminal.js';
import { showAgents } from './look.js';

const REFRESH_MS = 1000;
/** Lines of a drawing that are no list: scores, headings, counts. */
const FIXED_LINES = 14;
/** Agents get at most this share of the lines left; subsystems, which include them, get the rest. */
const AGENT_SHARE = 0.4;

interface TopOptions extends CommonOptions {
  sort?: string;
  lines?: string;
}

interface Shown {
  status: StatusView;
  agents: PsEntry[];
}

/** `top`: status and the worst subsystems and agents, drawn anew every second, never longer than the screen. */
export function addTopCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('top').description('status and what is worst, live until Ctrl-C'))
    .option('--sort <order>', `order of subsystems: ${SUBSYSTEM_ORDERS.join(', ')} (default: status)`)
    .option('-n, --lines <number>', 'lines drawn (default: as the screen has)')
    .action(async (options: TopOptions) => {
      const { terminal, signal, clock } = context;
      if (!terminal.isPerson)
        throw programError('DN_CLI_USAGE', {
          why: 'top draws on a terminal; for programs there is status --json',
        });
      const order = orderOf(options);
      const lines = () => linesOf(options, terminal);
      const client = clientOf(context, options);
      const read = async (): Promise<Shown> => ({
        status: await client.get<StatusView>(`/api/status?worst=${lines()}&order=${order}`),
        agents: (await client.get<{ agents: PsEntry[] }>('/api/ps')).agents,
      });
      let shown = await read();
      const render = () => draw(terminal, shown, { lines: lines(), now: clock.now() });
      const view = createLiveView({ terminal, clock, everyMs: REFRESH_MS, render });
      try {
        while (!signal.aborted) {
          await sleep(clock, REFRESH_MS, signal);
          if (!signal.aborted) shown = await read();
        }
      } finally {
        view.stop();
      }
    });
}

/** What is drawn must fit the screen: what scrolled out could not be drawn over. */
function draw(
  terminal: Terminal,
  { status, agents }: Shown,
  { lines, now }: { lines: number; now: number },
): string {
  const room = Math.max(4, lines - FIXED_LINES);
  const agentRows = Math.min(agents.length, Math.max(2, Math.floor(room * AGENT_SHARE)));
  const worst = [...agents].sort((a, b) => Number(isWell(a)) - Number(isWell(b))).slice(0, agentRows);
  const more = agents.length - worst.length;
  return [
    showStatus(terminal, status, { rows: room - agentRows, now }),
    '',
    showAgents(terminal, worst, now),
    ...(more > 0 ? [terminal.colors.dim(`and ${more} more agents (dreamnet ps)`)] : []),
  ].join('\n');
}

function isWell({ health }: PsEntry): boolean {
  const { liveness, readiness, progress } = health;
  const isMoving = progress.state !== 'stuck' && progress.state !== 'looping';
  return liveness.state === 'alive' && readiness.state === 'ready' && isMoving;
}

function orderOf({ sort = 'status' }: TopOptions): string {
  if (SUBSYSTEM_ORDERS.some((order) => order === sort)) return sort;
  throw programError('DN_CLI_USAGE', {
    why: `top sorts by ${SUBSYSTEM_ORDERS.join(', ')}; not by '${sort}'`,
  });
}

function linesOf({ lines }: TopOptions, terminal: Terminal): number {
  if (lines === undefined) return terminal.rows;
  const number = Number(lines);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw programError('DN_CLI_USAGE', { why: `'${lines}' is no number of lines` });
}
