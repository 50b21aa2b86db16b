import type { PsEntry } from '@dreamnet/contracts';
import { listSome } from '../list-some.js';
import type { Terminal } from './terminal.js';

const MOST_LINES = 5;

/**
 * What agents ask for and do not have here, a line each with whom it concerns: an agent that was to be in a sandbox and is in
 * none looks like any other in the table. Empty when all is as it was asked for.
 */
export function showNotEnforced({ colors }: Terminal, agents: readonly PsEntry[]): string {
  const concerned = new Map<string, string[]>();
  for (const { name, notEnforced, replicaOf } of agents)
    for (const what of replicaOf === undefined ? notEnforced : []) {
      const names = concerned.get(what);
      if (names) names.push(name);
      else concerned.set(what, [name]);
    }
  const lines = [...concerned].map(
    ([what, names]) => `${colors.yellow('not enforced')} for ${listSome(names)}: ${what}`,
  );
  const rest = lines.length - MOST_LINES;
  const shown =
    rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more: dreamnet describe AGENT`] : lines;
  return shown.join('\n');
}
