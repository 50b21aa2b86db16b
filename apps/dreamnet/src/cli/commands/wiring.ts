import type { CallOutcome, CapabilitiesMap, DreamnetEvent, RouteDecision } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import { LONGEST_CALL_MS } from '../../longest-call.js';
import { readAmounts } from '../amounts.js';
import type { DaemonClient } from '../client.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  present,
  untilUnread,
  withCommonOptions,
} from '../context.js';
import { plainReviver } from '../foreign-text.js';
import { requireCapability } from '../known-names.js';
import { showTable } from '../table.js';
import { paint, showTime, type Terminal } from '../terminal.js';

/** Commands about who serves what: call, routes, capabilities, events. */
export function addWiringCommands(program: Command, context: CommandContext): void {
  addCall(program, context);
  addRoutes(program, context);
  addCapabilities(program, context);
  addEvents(program, context);
}

interface CallOptions extends CommonOptions {
  timeout: string;
  estimate?: string;
}

function addCall(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('call').description('use a capability, whoever serves it now'))
    .argument('<capability>')
    .argument('[json]', 'the input as JSON', '{}')
    .option('--timeout <seconds>', 'for all attempts together, at most 3600', '30')
    .option('--estimate <amounts>', 'what it is expected to spend: tokens=2000,money=0.02USD')
    .action(async (capability: string, text: string, options: CallOptions) => {
      const timeoutMs = Number(options.timeout) * 1000;
      if (!(timeoutMs > 0 && timeoutMs <= LONGEST_CALL_MS))
        throw programError('DN_CLI_USAGE', {
          why: `--timeout: '${options.timeout}' is not a number of seconds, ${LONGEST_CALL_MS / 1000} at most`,
        });
      const client = clientOf(context, options, timeoutMs + 5000);
      const outcome = await client.send<CallOutcome>('POST', '/api/call', {
        capability,
        input: parseInput(text),
        timeoutMs,
        ...(options.estimate !== undefined && { estimate: readAmounts(options.estimate.split(',')) }),
      });
      if (!outcome.ok) process.exitCode = 1;
      // As any other error: for people on standard error, and nothing where they look for the answer.
      if (outcome.ok || options.json)
        present(context, options, { json: outcome, text: () => showOutcome(context.terminal, outcome) });
      else context.terminal.error(showOutcome(context.terminal, outcome));
    });
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw programError('DN_CLI_USAGE', { why: `the input is not JSON: ${text}` }, thrown);
  }
}

function showOutcome(terminal: Terminal, outcome: CallOutcome): string {
  const attempts = outcome.attempts.map(
    (attempt) =>
      `${attempt.provider} ${attempt.ok ? 'answered' : `failed (${attempt.error ?? 'no reason given'})`} in ${Math.round(attempt.latencyMs)} ms`,
  );
  if (!outcome.ok)
    return [`${terminal.colors.red('error')} ${outcome.code}: ${outcome.message}`, ...attempts].join('\n');
  const output =
    typeof outcome.output === 'string' ? outcome.output : JSON.stringify(outcome.output, null, 2);
  return `${output}\n${terminal.colors.dim(`${attempts.join('; ')}; ${outcome.decidedBy}`)}`;
}

function addRoutes(program: Command, context: CommandContext): void {
  withCommonOptions(
    program.command('routes').description("who serves which capability; 'routes explain NAME' says why"),
  )
    .argument('[verb]', 'explain')
    .argument('[capability]')
    .action(async (verb: string | undefined, capability: string | undefined, options: CommonOptions) => {
      const client = clientOf(context, options);
      const routes = await readRoutes(client, verb, capability);
      present(context, options, {
        json: capability === undefined ? routes : routes[0],
        text: () =>
          capability === undefined
            ? showRoutes(context.terminal, routes)
            : routes.map((decision) => showDecision(context.terminal, decision)).join('\n'),
      });
    });
}

async function readRoutes(
  client: DaemonClient,
  verb: string | undefined,
  capability: string | undefined,
): Promise<RouteDecision[]> {
  if (verb === undefined) return (await client.get<{ routes: RouteDecision[] }>('/api/routes')).routes;
  if (verb !== 'explain' || capability === undefined)
    throw programError('DN_CLI_USAGE', { why: 'routes: say nothing more, or: explain CAPABILITY' });
  const decision = await client.get<RouteDecision>(`/api/routes/${encodeURIComponent(capability)}/explain`);
  // Withdrawn or there to choose from: somebody is known for it.
  if (decision.candidates.length + decision.withdrawn.length === 0)
    await requireCapability(client, capability);
  return [decision];
}

function showRoutes(terminal: Terminal, routes: readonly RouteDecision[]): string {
  return showTable(terminal, routes, {
    columns: [
      { heading: 'CAPABILITY', cell: (decision) => decision.capability },
      {
        heading: 'SERVED BY',
        cell: (decision) =>
          decision.chosen === null
            ? terminal.colors.red('nobody')
            : terminal.colors.green(decision.chosen.provider),
      },
      { heading: 'CANDIDATES', cell: (decision) => String(decision.candidates.length) },
      {
        heading: 'WHY',
        cell: (decision) =>
          [decision.decidedBy, ...decision.withdrawn.map((gone) => `${gone.provider}: ${gone.because}`)].join(
            '; ',
          ),
        isElastic: true,
      },
    ],
    empty: 'No capabilities are announced.',
  });
}

function showDecision(terminal: Terminal, decision: RouteDecision): string {
  return [
    `${terminal.colors.bold(decision.capability)} → ${decision.chosen?.provider ?? terminal.colors.red('nobody')}`,
    `matched prefix: ${decision.matched ?? 'none'}; decided by: ${decision.decidedBy}`,
    ...decision.candidates.map(
      (route, index) =>
        `  ${index + 1}. ${route.provider}  ${paint(terminal, route.health)}  preference ${route.localPreference}, path ${route.path.length}, cost ${route.cost}`,
    ),
    ...decision.withdrawn.map(
      (gone) =>
        `  ${terminal.colors.dim('-')}  ${gone.provider}  has not served since ${showTime(gone.since)}: ${gone.because}`,
    ),
  ].join('\n');
}

function addCapabilities(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('capabilities')
      .description('the capability map: who is registered for what, running or not'),
  ).action(async (options: CommonOptions) => {
    const map = await clientOf(context, options).get<CapabilitiesMap>('/api/capabilities');
    present(context, options, {
      json: map,
      text: () =>
        showTable(context.terminal, Object.entries(map.mappings), {
          columns: [
            { heading: 'CAPABILITY', cell: ([capability]) => capability },
            { heading: 'PROVIDERS', cell: ([, providers]) => providers.join(', '), isElastic: true },
          ],
          empty: 'No capabilities are mapped.',
        }),
    });
  });
}

interface EventOptions extends CommonOptions {
  follow?: boolean;
  pattern: string;
}

function addEvents(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('events').description('what changed, newest last'))
    .option('-f, --follow', 'go on with new events until Ctrl-C')
    .option('--pattern <pattern>', "only these, such as 'alert.>' or 'process.exited.*'", '>')
    .action(async (options: EventOptions) => {
      const query = new URLSearchParams({ pattern: options.pattern, after: '0' });
      if (!options.follow) query.set('once', 'true');
      const signal = untilUnread(context);
      for await (const line of clientOf(context, options).lines(`/api/events?${query}`, signal)) {
        if (!line.startsWith('data: ')) continue;
        const reviver = options.json ? undefined : plainReviver;
        const event = JSON.parse(line.slice('data: '.length), reviver) as DreamnetEvent;
        context.terminal.out(options.json ? JSON.stringify(event) : showEvent(context.terminal, event));
      }
    });
}

function showEvent(terminal: Terminal, event: DreamnetEvent): string {
  const data = JSON.stringify(event.data);
  const room = Math.max(40, terminal.columns - 60);
  return `${terminal.colors.dim(showTime(event.at, true))} ${terminal.colors.cyan(event.type.padEnd(24))} ${event.subject.padEnd(14)} ${data.length > room ? `${data.slice(0, room)}…` : data}`;
}
