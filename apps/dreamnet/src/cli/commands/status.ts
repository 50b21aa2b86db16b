import { DOMAIN_FACTORS, type HealthExplanation, type StatusView } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import { type CommandContext, type CommonOptions, clientOf, present, withCommonOptions } from '../context.js';
import { showExplanation, showStatus } from '../status-text.js';

/** Lines of a list that a person is shown; programs get all of it. */
const SHOWN_SUBSYSTEMS = 40;
const SHOWN_TERMS = 15;

interface StatusOptions extends CommonOptions {
  all?: boolean;
}

/** `status` and `status explain [domain]`. */
export function addStatusCommand(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('status')
      .description("what works, what is broken and why; 'status explain' accounts for the scores"),
  )
    .argument('[explain]', "'explain': what pulls the scores down most, with reasons")
    .argument('[domain]', Object.keys(DOMAIN_FACTORS).join(', '))
    .option('--all', `list everything, not only ${SHOWN_SUBSYSTEMS} subsystems or ${SHOWN_TERMS} terms`)
    .action(async (verb: string | undefined, domain: string | undefined, options: StatusOptions) => {
      if (verb === undefined) return showAll(context, options);
      if (verb !== 'explain')
        throw programError('DN_CLI_USAGE', { why: 'status: say nothing more, or: explain [DOMAIN]' });
      return explain(context, options, domain);
    });
}

async function showAll(context: CommandContext, options: StatusOptions): Promise<void> {
  const isWhole = options.all === true || options.json === true;
  const query = isWhole ? '?order=status' : `?worst=${SHOWN_SUBSYSTEMS}`;
  const view = await clientOf(context, options).get<StatusView>(`/api/status${query}`);
  const rows = isWhole ? Number.POSITIVE_INFINITY : SHOWN_SUBSYSTEMS;
  present(context, options, {
    json: view,
    text: () => showStatus(context.terminal, view, { rows, now: context.clock.now() }),
  });
}

async function explain(
  context: CommandContext,
  options: StatusOptions,
  domain: string | undefined,
): Promise<void> {
  const known = Object.keys(DOMAIN_FACTORS);
  if (domain !== undefined && !known.includes(domain))
    throw programError('DN_CLI_USAGE', {
      why: `there is no domain '${domain}'; there are ${known.join(', ')} (an agent is explained by: dreamnet describe NAME)`,
    });
  const query = options.all === true || options.json === true ? '' : `?worst=${SHOWN_TERMS}`;
  const client = clientOf(context, options);
  const explanations = await Promise.all(
    (domain === undefined ? known : [domain]).map((name) =>
      client.get<HealthExplanation>(`/api/health/explain/${name}${query}`),
    ),
  );
  // What pulls down most comes first, domain by domain too; those without data have nothing to tell.
  const sorted = explanations.sort(
    (a, b) => Number(b.confidence > 0) - Number(a.confidence > 0) || a.score - b.score,
  );
  present(context, options, {
    json: domain === undefined ? sorted : sorted[0],
    text: () => sorted.map((one) => showExplanation(context.terminal, one, context.clock.now())).join('\n\n'),
  });
}
