import type { PsEntry } from '@dreamnet/contracts';
import type { Terminal } from './terminal.js';

const MOST_NAMED = 5;
const MOST_LINES = 5;

/**
 * What agents ask for and do not have here, a line each with whom it concerns: an agent that was to be in a sandbox and is in
 * none looks like any other in the table. Empty when all is as it was asked for.
 */
export function showNotEnforced({ colors }: Terminal, agents: readonly PsEntry[]): string {
  const concerned = new Map<string, string[]>();
  for (const { name, notEnforced, replicaOf } of agents)
    for (const what of replicaOf === undefined ? notEnforced : [])
      concerned.set(what, [...(concerned.get(what) ?? []), name]);
  const lines = [...concerned].map(
    ([what, names]) => `${colors.yellow('not enforced')} for ${listed(names)}: ${what}`,
  );
  const rest = lines.length - MOST_LINES;
  const shown =
    rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more: dreamnet describe AGENT`] : lines;
  return shown.join('\n');
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
