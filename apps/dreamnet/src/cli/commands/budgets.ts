import type { BudgetView, FreezeView } from '@dreamnet/contracts';
import type { Command } from 'commander';
import type { EndedSpenders } from '../../daemon/spending/ended-spenders.js';
import type { FreezeAnswer, ReleaseAnswer } from '../../daemon/spending/freeze-desk.js';
import { programError } from '../../errors.js';
import { readAmounts } from '../amounts.js';
import { showBudget, showBudgets } from '../budget-text.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { notKeptLines } from '../not-kept-text.js';
import { stopText } from '../stop-text.js';

/** Whom a freeze had ended is started, in order. */
const THAW_TIMEOUT_MS = 120_000;

interface FreezeOptions extends CommonOptions {
  reason?: string;
  release?: boolean;
  stop?: boolean;
}

/** `budgets` and `freeze`. */
export function addBudgetCommands(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('budgets')
      .description("what may be spent and what was; 'set NAME tokens=2M' and 'reset NAME' change it"),
  )
    .argument('[what]', 'set, reset, or the name of a budget')
    .argument('[name]')
    .argument('[limits...]', 'tokens=, money=, calls=, wallTime=; none: those of the fleet file again')
    .action(
      async (
        what: string | undefined,
        name: string | undefined,
        limits: string[],
        options: CommonOptions,
      ) => {
        if (what === undefined) return list(context, options);
        if (what !== 'set' && what !== 'reset')
          return change(context, options, { method: 'GET', name: what });
        if (name === undefined)
          throw programError('DN_CLI_USAGE', { why: `budgets ${what}: say which budget` });
        return what === 'set'
          ? change(context, options, { method: 'PUT', name, body: readAmounts(limits) })
          : change(context, options, { method: 'POST', name, path: '/reset' });
      },
    );
  withCommonOptions(
    program
      .command('freeze')
      .description('stop all spending, or that of one agent or budget, at once; --release lets it go on'),
  )
    .argument('[name]', 'an agent or a budget; left out: everything')
    .option('--reason <text>', 'why; shown to everybody who is refused')
    .option('--stop', 'end whoever could spend, too, within a second; thaw brings them back')
    .option('--release', 'let it spend again; the same as thaw')
    .action((name: string | undefined, options: FreezeOptions) =>
      options.release === true ? release(context, options, name) : freeze(context, options, name),
    );
  withCommonOptions(
    program
      .command('thaw')
      .description('end a freeze: let it spend again, and start whom the freeze had ended'),
  )
    .argument('[name]', 'what was frozen; left out: everything')
    .action((name: string | undefined, options: CommonOptions) => release(context, options, name));
}

async function list(context: CommandContext, options: CommonOptions): Promise<void> {
  const client = clientOf(context, options);
  const view = await client.get<{ budgets: BudgetView[]; frozen: FreezeView[] }>('/api/budgets');
  present(context, options, {
    json: view,
    text: () =>
      showBudgets(context.terminal, view.budgets, { frozen: view.frozen, now: context.clock.now() }),
  });
}

interface BudgetRequest {
  method: 'GET' | 'PUT' | 'POST';
  name: string;
  path?: string;
  body?: unknown;
}

async function change(
  context: CommandContext,
  options: CommonOptions,
  { method, name, path = '', body }: BudgetRequest,
): Promise<void> {
  const client = clientOf(context, options);
  const url = `/api/budgets/${encodeURIComponent(name)}${path}`;
  const view = await (method === 'GET'
    ? client.get<BudgetView>(url)
    : client.send<BudgetView>(method, url, body));
  present(context, options, {
    json: view,
    text: () => showBudget(context.terminal, view, context.clock.now()),
  });
}

async function freeze(context: CommandContext, options: FreezeOptions, name?: string): Promise<void> {
  const { reason, stop } = options;
  const answer = await clientOf(context, options).send<FreezeAnswer>('POST', '/api/freeze', {
    ...(name !== undefined && { name }),
    ...(reason !== undefined && { reason }),
    ...(stop !== undefined && { stop }),
  });
  const { cancelled, withdrawn, ended, notKept } = answer;
  if (notKept !== undefined || (ended && ended.notStopped.length > 0)) process.exitCode = 1;
  const loss = 'if the daemon dies before that, the freeze does not hold';
  const routes = withdrawn.length === 0 ? '' : `; no longer routed to: ${withdrawn.join(', ')}`;
  present(context, options, {
    json: answer,
    text: () =>
      [
        `${whose(answer.freeze, name, 'frozen')}; ${cancelled} in flight stopped${routes}`,
        ...(ended ? endedLines(ended) : []),
        ...notKeptLines(notKept, loss),
      ].join('\n'),
  });
}

/** A replica is named, and all of its agent's are meant: that is said, as it is more than was asked for. */
function whose({ target }: FreezeView, name: string | undefined, done: string): string {
  if (name === undefined) return `all spending: ${done}`;
  const more = target === name ? '' : `, as one replica spends for all of them (${name}, too)`;
  return `${target}: ${done}${more}`;
}

/** What was seen to end, and what was not. */
function endedLines({ stopped, notStopped, tookMs }: EndedSpenders): string[] {
  return [
    `ended ${stopped.length} of ${stopped.length + notStopped.length} that ran, in ${tookMs} ms`,
    ...stopped.map(({ id, stop }) => `  ${id}: ${stopText({ stop })}`),
    ...notStopped.map(({ id, because }) => `  ${id}: not ended: ${because}`),
  ];
}

async function release(context: CommandContext, options: FreezeOptions, name?: string): Promise<void> {
  const answer = await clientOf(context, options, THAW_TIMEOUT_MS).send<ReleaseAnswer>(
    'POST',
    '/api/freeze/release',
    { ...(name !== undefined && { name }) },
  );
  const { started, notStarted } = answer;
  if (notStarted.length > 0) process.exitCode = 1;
  const again = started.length === 0 ? '' : `; started: ${started.join(', ')}`;
  const others = notStarted.map(({ id, because }) => `  ${id}: not started: ${because}`);
  present(context, options, {
    json: answer,
    text: () => [`${whose(answer.released, name, 'released')}${again}`, ...others].join('\n'),
  });
}
