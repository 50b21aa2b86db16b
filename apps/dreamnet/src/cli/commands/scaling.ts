import type { ScaleView } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { rollingText, scaleAnswer, showScale } from '../scale-text.js';

const ACTION_TIMEOUT_MS = 60_000;
/** A rolling restart is asked about so often until it is over. */
const ASK_EVERY_MS = 250;

/** `scale`: how many processes an agent has, and setting that. */
export function addScaleCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('scale').description('how many processes an agent has and why, or set how many'),
  )
    .argument('<agent>')
    .argument('[replicas]', 'so many; auto: by its metric again; left out: show')
    .action(async (name: string, replicas: string | undefined, options: CommonOptions) => {
      const agent = wholeOf(name);
      if (agent !== undefined)
        throw programError('DN_CLI_USAGE', {
          why: `'${name}' is one replica, and how many there are is said of all of them: dreamnet scale ${agent}`,
        });
      const client = clientOf(context, options, ACTION_TIMEOUT_MS);
      const path = `/api/agents/${encodeURIComponent(name)}/scale`;
      if (replicas === undefined) {
        const view = await client.get<ScaleView>(path);
        present(context, options, { json: view, text: () => showScale(context.terminal, view) });
        return;
      }
      const isAuto = replicas === 'auto';
      if (!isAuto && !/^\d{1,4}$/.test(replicas))
        throw programError('DN_CLI_USAGE', {
          why: `'${replicas}' is neither a number of replicas nor 'auto'`,
        });
      const body = { replicas: isAuto ? replicas : Number(replicas) };
      const view = await client.send<ScaleView>('POST', path, body);
      present(context, options, {
        json: view,
        text: () => scaleAnswer(view),
      });
    });
}

/** Replaces every process of an agent without a gap, and waits for the end. Exit code 1 when it did not get through. */
export async function rollAgent(
  context: CommandContext,
  name: string,
  options: CommonOptions & { maxUnavailable?: string },
): Promise<void> {
  const { maxUnavailable: most } = options;
  if (most !== undefined && most !== '0' && most !== '1')
    throw programError('DN_CLI_USAGE', { why: `--max-unavailable: '${most}' is neither 0 nor 1` });
  const agent = wholeOf(name);
  if (agent !== undefined)
    throw programError('DN_CLI_USAGE', {
      why: `'${name}' is one replica: a rolling restart is of all of them, '${agent}'; 'dreamnet restart ${name}' is of this one`,
    });
  const client = clientOf(context, options, ACTION_TIMEOUT_MS);
  const path = `/api/agents/${encodeURIComponent(name)}`;
  const body = most === undefined ? {} : { maxUnavailable: Number(most) };
  let view = await client.send<ScaleView>('POST', `${path}/roll`, body);
  while (view.rolling && !view.rolling.isOver && !context.signal.aborted) {
    await sleep(context.clock, ASK_EVERY_MS, context.signal);
    view = await client.get<ScaleView>(`${path}/scale`);
  }
  const { rolling } = view;
  if (rolling?.phase !== 'done') process.exitCode = 1;
  present(context, options, {
    json: view,
    text: () => `${name}: ${rolling ? rollingText(rolling) : 'nothing was begun'}`,
  });
}

/** The agent that a replica `NAME#N` is one of; undefined for any other name. */
function wholeOf(name: string): string | undefined {
  return /^(.+)#\d+$/.exec(name)?.[1];
}
