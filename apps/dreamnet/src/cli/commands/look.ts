import type { Incident, IntegrationGap, PsEntry } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  type PageOptions,
  pageQuery,
  present,
  presentNext,
  withCommonOptions,
  withPageOptions,
} from '../context.js';
import { showNotEnforced } from '../enforcement-text.js';
import { showIncident } from '../incident-text.js';
import { spareWord } from '../spare-text.js';
import { showTable } from '../table.js';
import { paint, showDuration, showTime, showWait, type Terminal } from '../terminal.js';

/** Commands that only look: ps, incidents. */
export function addLookCommands(program: Command, context: CommandContext): void {
  const { terminal } = context;
  withCommonOptions(program.command('ps').description('agents and the processes behind them')).action(
    async (options: CommonOptions) => {
      const { agents } = await clientOf(context, options).get<{ agents: PsEntry[] }>('/api/ps');
      present(context, options, {
        json: agents,
        text: () => showAgents(terminal, agents, context.clock.now()),
      });
    },
  );
  withPageOptions(
    withCommonOptions(
      program.command('incidents').description('what went wrong, what was done, how it was verified'),
    ),
  )
    .argument('[id]', 'one incident with its whole timeline')
    .action(async (id: string | undefined, options: CommonOptions & PageOptions) => {
      const query = new URLSearchParams({ order: 'newest', ...(id === undefined && pageQuery(options)) });
      const { incidents, next } = await clientOf(context, options).get<{
        incidents: Incident[];
        next: string | null;
      }>(`/api/incidents?${query}`);
      const chosen = id === undefined ? incidents : incidents.filter((incident) => incident.id === id);
      if (id !== undefined && chosen.length === 0)
        throw programError('DN_API_NOT_FOUND', { kind: 'incident', name: id });
      present(context, options, {
        json: chosen,
        text: () =>
          id === undefined
            ? showIncidents(terminal, incidents)
            : chosen.map((incident) => showIncident(terminal, incident)).join('\n\n'),
      });
      presentNext(context, next);
    });
}

/** What `ps` and `up` print: the table, and below it what does not show in it. */
export function showAgents(terminal: Terminal, agents: readonly PsEntry[], now: number): string {
  const notes = showNotEnforced(terminal, agents);
  return `${agentTable(terminal, agents, now)}${notes && `\n\n${notes}`}`;
}

function agentTable(terminal: Terminal, agents: readonly PsEntry[], now: number): string {
  return showTable(terminal, agents, {
    columns: [
      {
        heading: 'AGENT',
        cell: (agent) => (agent.replicaOf === undefined ? agent.name : `  ${agent.name}`),
        isElastic: true,
      },
      { heading: 'STATUS', cell: (agent) => paint(terminal, agent.waitsFor ? 'waiting' : agent.status) },
      { heading: 'PID', spare: 1, cell: (agent) => String(agent.pid ?? '-') },
      {
        heading: 'UP',
        spare: 2,
        cell: (agent) => (agent.startedAt === null ? '-' : showDuration(now - agent.startedAt)),
      },
      { heading: 'RESTARTS', spare: 3, cell: (agent) => String(agent.restarts) },
      { heading: 'LIVE', cell: (agent) => paint(terminal, agent.health.liveness.state) },
      { heading: 'READY', cell: (agent) => paint(terminal, agent.health.readiness.state) },
      { heading: 'PROGRESS', cell: (agent) => paint(terminal, agent.health.progress.state) },
      ...(agents.some(({ spare }) => spare)
        ? [{ heading: 'SPARE', spare: 4, cell: (agent: PsEntry) => paint(terminal, spareWord(agent)) }]
        : []),
      { heading: 'WHY', cell: whyOf, isElastic: true },
    ],
    empty: 'No agents.',
  });
}

/** What is wrong with it; of one that is well, what is wrong with its spare. */
function whyOf(agent: PsEntry): string {
  const problem = agent.spare?.problem ?? null;
  const isWell = agent.health.liveness.state === 'alive' && agent.health.readiness.state === 'ready';
  return isWell && problem !== null ? `spare: ${problem}` : reasonOf(agent);
}

/** Whom its start waits for, else the reason of the worst axis: liveness before readiness before progress. */
function reasonOf(agent: PsEntry): string {
  if (agent.waitsFor) return `waits for ${showWait(agent.waitsFor)}`;
  const { liveness, readiness, progress } = agent.health;
  if (agent.phase === 'broken' && agent.group !== null && liveness.state === 'unknown')
    return `its group '${agent.group}' gave up; tried again at ${showTime(agent.nextAttemptAt ?? 0)}`;
  if (liveness.state !== 'alive') return liveness.reason;
  if (readiness.state !== 'ready') return readiness.reason;
  return progress.state === 'stuck' || progress.state === 'looping' ? progress.reason : readiness.reason;
}

function showIncidents(terminal: Terminal, incidents: readonly Incident[]): string {
  return showTable(terminal, incidents, {
    columns: [
      { heading: 'ID', cell: (incident) => incident.id },
      { heading: 'STATE', cell: (incident) => paint(terminal, incident.state) },
      { heading: 'CAUSE', cell: (incident) => incident.cause.subsystem },
      { heading: 'OPENED', cell: (incident) => showTime(incident.openedAt) },
      {
        heading: 'TOOK',
        cell: (incident) =>
          incident.resolvedAt === undefined ? '-' : showDuration(incident.resolvedAt - incident.openedAt),
      },
      { heading: 'WHAT', cell: (incident) => incident.title, isElastic: true },
    ],
    empty: 'No incidents.',
  });
}

/** The table `gaps` prints. */
export function showGaps(terminal: Terminal, gaps: readonly IntegrationGap[]): string {
  return showTable(terminal, gaps, {
    columns: [
      { heading: 'ID', cell: (gap) => gap.id },
      { heading: 'STATE', cell: (gap) => paint(terminal, gap.state) },
      { heading: 'TYPE', cell: (gap) => gap.type },
      { heading: 'SUBSYSTEM', cell: (gap) => gap.subsystem },
      { heading: 'WHAT', cell: (gap) => gap.description, isElastic: true },
      { heading: 'DO', cell: (gap) => gap.fix?.description ?? gap.remedyHint ?? '-' },
    ],
    empty: 'No integration gaps.',
  });
}
