import type { PsEntry, StatusView } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, withCommonOptions } from '../context.js';
import { createLiveView } from '../live-view.js';
import { showStatus } from '../status-text.js';
import { showAgents } from './look.js';

const REFRESH_MS = 1000;

/** `top`: status and agents, drawn anew every second. */
export function addTopCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('top').description('status and agents, live until Ctrl-C')).action(
    async (options: CommonOptions) => {
      const { terminal, signal, clock } = context;
      if (!terminal.isPerson)
        throw programError('DN_CLI_USAGE', {
          why: 'top draws on a terminal; for programs there is ps --json',
        });
      const client = clientOf(context, options);
      const read = async () => ({
        status: await client.get<StatusView>('/api/status'),
        agents: (await client.get<{ agents: PsEntry[] }>('/api/ps')).agents,
      });
      let shown = await read();
      const view = createLiveView({
        terminal,
        clock,
        everyMs: REFRESH_MS,
        render: () =>
          `${showStatus(terminal, shown.status, { isExplained: false, now: clock.now() })}\n\n${showAgents(terminal, shown.agents, clock.now())}`,
      });
      try {
        while (!signal.aborted) {
          await sleep(clock, REFRESH_MS, signal);
          if (!signal.aborted) shown = await read();
        }
      } finally {
        view.stop();
      }
    },
  );
}
