import { commandOfParts, type FilledCommand } from './filled-command.js';
import type { ImportedAgent } from './imported.js';
import { type Part, referencesIn, withDefaults } from './interpolation.js';
import { type McpText, readMcpText } from './mcp-placeholders.js';
import { isSecretName } from './secret-signs.js';
import { takeReferences, takeVariables } from './variables.js';

/** An option whose value is the next word. */
const OPTION = /^--?[\w-]+$/;

/**
 * Fills the placeholders of a command in: defaults stand in it, of variables the daemon has a shell takes them. What is a
 * secret does not become an argument: it is bound to a variable, and left out with its option.
 */
export function takeMcpCommand(agent: ImportedAgent, words: readonly string[]): void {
  const kept: Part[][] = [];
  for (const [index, word] of words.entries()) {
    const text = readMcpText(word);
    const secrets = index === 0 ? [] : bindSecretsIn(agent, text);
    if (secrets.length === 0) kept.push(withNotedDefaults(agent, text));
    else leaveOut(agent, { kept, word, secrets });
  }
  const filled: FilledCommand | undefined = commandOfParts(kept);
  if (!filled) return;
  agent.command = filled.command;
  takeReferences(agent, filled.references);
}

/** The variables that a word of secrets is bound to; empty when there is none in it. */
function bindSecretsIn(agent: ImportedAgent, { parts, inputs }: McpText): string[] {
  const names = referencesIn(parts).flatMap(({ name }) => (isSecretName(name) ? name : []));
  for (const name of names)
    if (!Object.hasOwn(agent.secrets, name) && !Object.hasOwn(agent.env, name))
      takeVariables(agent, { [name]: undefined });
  const asked = inputs.map((input) => {
    const name = input
      .toUpperCase()
      .replace(/\W/g, '_')
      .replace(/^(?=\d)/, '_');
    agent.secrets[name] ??= { from: 'vault', why: `was asked for as '${input}'` };
    return name;
  });
  return [...names, ...asked];
}

function leaveOut(
  agent: ImportedAgent,
  { kept, word, secrets }: { kept: Part[][]; word: string; secrets: readonly string[] },
): void {
  const last = kept.at(-1);
  const isOption = kept.length > 1 && last?.length === 1 && OPTION.test(String(last[0]));
  const option = isOption ? String(kept.pop()?.[0]) : /^(--?[\w-]+)=/.exec(word)?.[1];
  const what = `${option === undefined ? '' : `${option} with `}${secrets.join(', ')}`;
  const has = secrets.length === 1 ? 'the variable' : 'the variables';
  agent.notes.push(
    `left out of the command: ${what}; a secret is no argument, which everybody on the machine can read; it has ${has} ${secrets.join(', ')}`,
  );
}

function withNotedDefaults(agent: ImportedAgent, { parts }: McpText): Part[] {
  const { parts: filled, defaults } = withDefaults(parts);
  for (const name of new Set(defaults))
    agent.notes.push(
      `the command has its default here: ${name} in the environment of the daemon is not asked`,
    );
  if (filled.some((part) => typeof part === 'string' && part.includes('${')))
    agent.notes.push('the command has a placeholder that is not filled in');
  return filled.length === 0 ? [''] : [...filled];
}
