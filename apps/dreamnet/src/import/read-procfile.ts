import { type Imported, importedAgent, nothingImported, type SourceFile } from './imported.js';
import { toCommand } from './shell-words.js';

/**
 * Where foreman and its kin begin to count, and how far apart two lines with a command are: one that is not run by them, such as
 * `release`, counts like any other.
 *
 * @source foreman lib/foreman/engine.rb port_for
 */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/** A Procfile: `name: command`, a line each. */
export function readProcfile({ text, folder }: SourceFile): Imported {
  const imported = nothingImported();
  let count = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, rest = ''] = /^\s*([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const command = toCommand(rest);
    if (name === undefined || !command) {
      imported.notes.push(`line ${index + 1} is no 'name: command': left out`);
      continue;
    }
    const port = FIRST_PORT + PORT_STEP * count;
    count += 1;
    if (name === 'release')
      imported.notes.push(`'release' runs once before a deployment: left out (${rest})`);
    else {
      const agent = importedAgent(name, command, folder);
      agent.env.PORT = String(port);
      agent.notes.push('PORT is the one foreman would give');
      imported.agents.push(agent);
    }
  }
  imported.notes.push('a .env file is not read: write its variables under env, secrets into the vault');
  return imported;
}
