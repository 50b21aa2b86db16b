import { basename } from 'node:path';
import type { Imported, ImportedAgent, ImportedSubsystem } from './imported.js';
import { withoutInlineSecrets } from './inline-secrets.js';
import { withoutPasswords } from './secret-signs.js';
import { toCommand } from './shell-words.js';
import { mapOf } from './values.js';
import { takeVariables } from './variables.js';

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh']);
/** Linux gives a process no longer argument (MAX_ARG_STRLEN), so looking through one is for nothing. */
const LONGEST_ARGUMENT = 128 * 1024;
/** Nobody reads a longer comment. */
const LONGEST_NOTE = 1000;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/**
 * Takes secrets out of commands, health checks, addresses and notes, where they stand beside the variables: those that a
 * command line assigns to a variable are bound to the vault, passwords in addresses are left out, and a note says so.
 */
export function withholdSecrets(imported: Imported): Imported {
  leaveEndlessOut(imported);
  for (const agent of imported.agents) {
    takeEnv(agent);
    takeAssigned(agent);
    leavePasswordsOut(agent);
    agent.notes = agent.notes.map((note) => withoutPasswords(note));
  }
  for (const subsystem of imported.subsystems) leaveLoginOut(subsystem);
  imported.notes = imported.notes.map((note) =>
    withoutPasswords(withoutInlineSecrets(note.slice(0, LONGEST_NOTE)).line),
  );
  return imported;
}

/** Whose command no process can be given is left out, whatever it says. */
function leaveEndlessOut(imported: Imported): void {
  const isEndless = ({ command }: ImportedAgent) => command.some((word) => word.length > LONGEST_ARGUMENT);
  for (const { name } of imported.agents.filter(isEndless))
    imported.notes.push(`'${name}' has an argument longer than a process can have: left out`);
  imported.agents = imported.agents.filter((agent) => !isEndless(agent));
}

/** `env NAME=value … program`: the fleet file says the same without it. */
function takeEnv(agent: ImportedAgent): void {
  const [program, ...words] = agent.command;
  const count = words.findIndex((word) => !ASSIGNMENT.test(word));
  const [next, ...rest] = words.slice(count);
  if (basename(program) !== 'env' || count < 1 || next === undefined || next.startsWith('-')) return;
  const meaningOf = (text: string) => ({ text, defaults: [], isWhole: true });
  takeVariables(agent, words.slice(0, count), meaningOf);
  agent.command = [next, ...rest];
}

function takeAssigned(agent: ImportedAgent): void {
  const [shell, option, line, ...rest] = agent.command;
  if (!SHELLS.has(basename(shell)) || option !== '-c' || line === undefined) return;
  const { line: shielded, secrets } = withoutInlineSecrets(line);
  if (secrets.length === 0) return;
  for (const { name, isAddress } of secrets) {
    const what = isAddress ? 'has a password in it' : 'looks like a secret';
    delete agent.env[name];
    agent.secrets[name] = { from: 'vault', why: `${what}: its value was not copied` };
  }
  const words = rest.length === 0 ? toCommand(shielded) : undefined;
  agent.command = words ?? [shell, option, shielded, ...rest];
}

function leavePasswordsOut(agent: ImportedAgent): void {
  const isShell = SHELLS.has(basename(agent.command[0]));
  const strip = (word: string) => withoutPasswords(word, isShell);
  const [program, ...words] = agent.command;
  const command: typeof agent.command = [strip(program), ...words.map(strip)];
  if (command.join('\0') !== agent.command.join('\0'))
    agent.notes.push(
      'a password in an address of the command is not copied: everybody on the machine can read arguments; bind it to a variable that the program reads',
    );
  agent.command = command;
  const { probe, ...health } = mapOf(agent.settings.health);
  const { exec } = mapOf(probe);
  if (!Array.isArray(exec)) return;
  const stripped = exec.map((word) => withoutPasswords(String(word), true));
  if (stripped.join('\0') === exec.join('\0')) return;
  agent.settings.health = { ...health, probe: { exec: stripped } };
  agent.notes.push('a password in an address of the health check is not copied');
}

/** An address with a user in it is none that a probe could ask. */
function leaveLoginOut(subsystem: ImportedSubsystem): void {
  const { url } = mapOf(subsystem.probe.mcp);
  if (typeof url !== 'string' || !URL.canParse(url)) return;
  const address = new URL(url);
  if (address.username === '' && address.password === '') return;
  const what = address.password === '' ? 'user' : 'password';
  subsystem.notes.push(`its address had a ${what} in it, which is not copied: the probe sends none`);
  address.username = '';
  address.password = '';
  subsystem.probe = { mcp: { url: address.href } };
}
