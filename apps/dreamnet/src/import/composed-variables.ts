import { writeText } from './filled-command.js';
import type { Imported } from './imported.js';

/**
 * Has a shell put together the variables whose values have others in them: the fleet file knows no such value. It becomes the
 * program then, which keeps its place, its streams and its arguments.
 */
export function composeVariables(imported: Imported): Imported {
  for (const agent of imported.agents) {
    const composed = Object.entries(agent.composed);
    if (composed.length === 0) continue;
    // All of them are filled in before any is set, so that one does not see the other's new value.
    const settings = composed.map(([name, parts]) => `${name}=${writeText(parts)}`).join(' ');
    agent.command = ['sh', '-c', `export ${settings}; exec "$0" "$@"`, ...agent.command];
    for (const [name] of composed) agent.notes.push(`${name} is put together by a shell when it is started`);
  }
  return imported;
}
