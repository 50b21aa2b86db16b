import type { EnvironmentBinding } from '@dreamnet/contracts';
import { howAndWhyItEnded } from '@dreamnet/kit';
import type { AgentDescription } from '../http/views.js';
import { takeoverText } from '../takeover-text.js';
import { decisionLines, followsText, rollingText, scaleSummary } from './scale-text.js';
import { spareLine } from './spare-text.js';
import { stopText } from './stop-text.js';
import { paint, showDuration, showTime, showWait, type Terminal } from './terminal.js';
import { exitResourceLines } from './usage-table.js';

/** `describe` as text: one fact a line, then the three axes, bindings, problems, last exit and history. */
export function showDescription(terminal: Terminal, description: AgentDescription, now: number): string {
  const { agent } = description;
  const facts: [string, string][] = [
    ['agent', `${terminal.colors.bold(agent.name)}  ${paint(terminal, agent.status)}`],
    ['runtime', `${description.runtime}, protocol ${description.protocol}`],
    ['asks for', `${agent.runtimeContext.version}, environment ${agent.runtimeContext.environment}`],
    ['runs on', choiceLine(description)],
    ['command', description.command.join(' ')],
    ['folder', description.cwd],
    ['endpoint', description.endpoint ?? '-'],
    ['process', processLine(description)],
    ...(agent.spare ? [['spare', spareLine(agent.spare, now)] as [string, string]] : []),
    ['capabilities', agent.capabilities.join(', ') || '-'],
    ['depends on', description.dependsOn.join(', ') || '-'],
    ['group', agent.group ?? '-'],
  ];
  const axes = (['liveness', 'readiness', 'progress'] as const).map((axis): [string, string] => {
    const { state, reason, ageMs } = agent.health[axis];
    return [
      axis,
      `${paint(terminal, state)}  ${reason} ${terminal.colors.dim(`(${showDuration(ageMs)} ago)`)}`,
    ];
  });
  return [
    ...[...facts, ...axes].map(([name, value]) => line(terminal, name, value)),
    ...section(
      'bindings',
      description.bindings.map((binding) => bindingLine(binding, agent.runtimeContext.environment)),
    ),
    ...scaleLines(description),
    ...section('problems', description.problems.map(showProblem)),
    ...section('not enforced here', agent.notEnforced),
    ...section('last exit', exitLines(description)),
    ...section(
      'history',
      description.history.slice(-10).map(({ at, change }) => `${showTime(at, true)} ${change}`),
    ),
  ].join('\n');
}

/** Of an agent with one process only what was done to it: how many it has is no news. */
function scaleLines({ scale }: AgentDescription): string[] {
  if (!scale || (!scale.isReplicated && scale.rolling === null)) return [];
  return [
    ...section('replicas', [
      scaleSummary(scale),
      ...followsText(scale),
      ...(scale.rolling ? [rollingText(scale.rolling)] : []),
      ...scale.replicas.map(replicaLine),
    ]),
    ...decisionLines(scale.decisions),
  ];
}

function replicaLine(replica: NonNullable<AgentDescription['scale']>['replicas'][number]): string {
  const { id, pid, port, inFlight, isServing, isLeaving, phase } = replica;
  const state = isLeaving ? 'leaves' : isServing ? 'serves' : phase;
  return `${id}: ${state}, pid ${pid ?? '-'}, ${inFlight} calls in flight${port === null ? '' : `, port ${port}`}`;
}

function choiceLine({ runtimeChoice: choice }: AgentDescription): string {
  if (!choice) return 'the program of its command';
  const others = choice.considered.length - (choice.chosen ? 1 : 0);
  const looked = others === 0 ? '' : `; ${others} other${others === 1 ? '' : 's'} looked at`;
  return choice.chosen
    ? `${choice.chosen.version ?? 'unknown version'} at ${choice.chosen.path}: ${choice.because}${looked}`
    : `nothing: ${choice.because}`;
}

function processLine(description: AgentDescription): string {
  const { agent } = description;
  const { waitsFor } = agent;
  if (waitsFor) return `none (waits since ${showTime(waitsFor.since)} for ${showWait(waitsFor)})`;
  if (agent.pid === null)
    return agent.nextAttemptAt === null
      ? `none (${agent.phase})`
      : `none (${agent.phase}, next attempt at ${showTime(agent.nextAttemptAt)})`;
  const adopted = agent.isAdopted ? ', adopted' : '';
  return `pid ${agent.pid}, since ${showTime(agent.startedAt ?? 0)}, ${agent.restarts} restarts${adopted}`;
}

/** A binding to another of the three environments does not count in this one. */
function bindingLine({ type, config, environmentId }: EnvironmentBinding, environment: string): string {
  const scope = /^env-(production|staging|development)$/.exec(environmentId)?.[1];
  const isElsewhere = scope !== undefined && scope !== environment;
  return `${type}: ${JSON.stringify(config)}${isElsewhere ? ` (for ${scope}: does not count here)` : ''}`;
}

function showProblem(problem: AgentDescription['problems'][number]): string {
  const hint = problem.remedyHint === undefined ? '' : ` — ${problem.remedyHint}`;
  return `${problem.description}: expected ${problem.expected}, found ${problem.observed}${hint}`;
}

function exitLines(description: AgentDescription): string[] {
  const exit = description.lastExit;
  if (!exit) return [];
  return [
    `${showTime(exit.at, true)} ${howAndWhyItEnded(exit)}${exit.spare ? `; ${takeoverText(exit.spare)}` : ''}`,
    ...(exit.stop ? [`  stopped: ${stopText(exit)}`] : []),
    ...exitResourceLines(exit.resources).map((text) => `  ${text}`),
    ...exit.stderrTail.map((text) => `  ${text}`),
  ];
}

function line(terminal: Terminal, name: string, value: string): string {
  return `${terminal.colors.dim(name.padEnd(13))} ${value}`;
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((text) => `  ${text}`)];
}
