import type { Incident, IncidentEntry } from '@dreamnet/contracts';
import { paint, showTime, type Terminal } from './terminal.js';

/** An incident as a timeline: when, how long after the first sign, what. */
export function showIncident(terminal: Terminal, incident: Incident): string {
  const { colors } = terminal;
  const first = incident.stages[0]?.at ?? incident.openedAt;
  const heading = `${colors.bold(incident.title)}  ${paint(terminal, incident.state)}  ${colors.dim(incident.id)}`;
  const cause = `cause: ${incident.cause.subsystem} — ${incident.cause.reason} ${colors.dim(`(decided by: ${incident.cause.decidedBy})`)}`;
  return [heading, cause, ...incident.stages.map((entry) => showEntry(terminal, entry, first))].join('\n');
}

function showEntry(terminal: Terminal, entry: IncidentEntry, first: number): string {
  const { colors } = terminal;
  const offset = `+${Math.max(0, entry.at - first)}ms`.padStart(9);
  const stage = entry.stage.padEnd(19);
  return `  ${colors.dim(showTime(entry.at, true))} ${offset}  ${paintStage(terminal, entry.stage, stage)} ${withSubject(entry.subsystem, entry.summary)}`;
}

/** Most summaries begin with the subsystem's name already. */
export function withSubject(subject: string, summary: string): string {
  return summary.startsWith(`${subject}: `) ? summary : `${subject}: ${summary}`;
}

function paintStage(terminal: Terminal, stage: IncidentEntry['stage'], text: string): string {
  const { colors } = terminal;
  if (stage === 'verified' || stage === 'resolved') return colors.green(text);
  if (stage === 'escalated' || stage === 'verification_failed' || stage === 'fault') return colors.red(text);
  return colors.cyan(text);
}
