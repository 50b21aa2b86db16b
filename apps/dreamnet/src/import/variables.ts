import type { ImportedAgent } from './imported.js';
import { hasDefault, type Part, type Reference, referencesIn, withDefaults } from './interpolation.js';
import { hasPassword, isSecretName } from './secret-signs.js';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** `${env:NAME}` of VS Code and Cursor, `${NAME}` of the others. */
const FROM_ENVIRONMENT = /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}$/;
/** What an agent has of the daemon's environment without asking. */
const INHERITED = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']);
const FROM_INPUT = /^\$\{input:([^}]+)\}$/;

/** What a value comes to in the tongue of its file. */
export interface Meaning {
  /** With the defaults of whatever is not set. */
  readonly text: string;
  /** The variable of the environment that it is as a whole. */
  readonly source?: string | undefined;
  /** What a person was to be asked for. */
  readonly input?: string | undefined;
  /** The variables whose defaults stand in the text. */
  readonly defaults: readonly string[];
  /** The text has no placeholder left. */
  readonly isWhole: boolean;
  /** The text taken apart, where variables that it has left can be filled in when the agent is started. */
  readonly parts?: readonly Part[] | undefined;
}

/** What a text comes to that has been taken apart; one that is a variable as a whole can be bound. */
export function meaningOfParts(parts: readonly Part[]): Meaning {
  const [only] = parts;
  const isVariable = parts.length === 1 && typeof only === 'object' && !only.rule.endsWith('+');
  return { ...withDefaults(parts), source: isVariable ? only.name : undefined };
}

/**
 * Takes variables over. Secrets are not copied: they are bound to the vault, or to the variable of the daemon that the
 * file refers to. A binding knows no default, so what has one gets that, and a comment.
 *
 * @param given A map, or a list of `NAME=value`, as compose files have it.
 */
export function takeVariables(agent: ImportedAgent, given: unknown, meaningOf = readPlaceholder): void {
  for (const [name, value] of pairsOf(given)) {
    const isGiven = value !== null && value !== undefined;
    if (!VARIABLE.test(name)) agent.notes.push(`the variable '${name}' has no possible name`);
    else if (isGiven) takeMeaning(agent, name, meaningOf(textOf(value)));
    else takeMeaning(agent, name, { text: '', source: name, defaults: [], isWhole: true });
  }
}

function takeMeaning(agent: ImportedAgent, name: string, meaning: Meaning): void {
  const { text, source, input, defaults, isWhole } = meaning;
  if (source !== undefined && (defaults.length === 0 || !isWhole || isHidden(meaning, name))) {
    agent.secrets[name] = { from: 'env', name: source };
    const lost = defaults.length > 0 ? '; its default is not carried over' : '';
    agent.notes.push(`${name} comes from ${source} in the environment of the daemon${lost}`);
  } else if (input !== undefined || isSecret(name, text)) {
    const what = hasPassword(text) ? 'has a password in it' : 'looks like a secret';
    const why = input === undefined ? `${what}: its value was not copied` : `was asked for as '${input}'`;
    agent.secrets[name] = { from: 'vault', why };
  } else {
    if (isWhole || meaning.parts === undefined) agent.env[name] = text;
    else compose(agent, name, meaning.parts);
    if (!isWhole && meaning.parts === undefined)
      agent.notes.push(`${name} has a placeholder that is not filled in`);
    for (const one of new Set(defaults))
      agent.notes.push(`${name} has its default here: ${one} in the environment of the daemon is not asked`);
  }
}

function compose(agent: ImportedAgent, name: string, parts: readonly Part[]): void {
  agent.composed[name] = parts;
  takeReferences(agent, referencesIn(parts));
}

function readPlaceholder(text: string): Meaning {
  const [, source, fallback] = FROM_ENVIRONMENT.exec(text) ?? [];
  if (source !== undefined && fallback !== undefined)
    return { text: fallback, source, defaults: [source], isWhole: true };
  const input = FROM_INPUT.exec(text)?.[1];
  return { text, source, input, defaults: [], isWhole: !/\$\{[^{}]*\}/.test(text) };
}

/**
 * Binds the variables that the other tool would have filled into the command: the shell that does it now must have them.
 * One with a default is only named, since an agent does not start without what it is bound to.
 */
export function takeReferences(agent: ImportedAgent, references: readonly Reference[]): void {
  const isMissing = ({ name }: Reference) =>
    !Object.hasOwn(agent.env, name) && !Object.hasOwn(agent.secrets, name) && !INHERITED.has(name);
  for (const reference of references)
    if (!hasDefault(reference) && isMissing(reference)) takeVariables(agent, { [reference.name]: undefined });
  const notes = references
    .filter(isMissing)
    .map(
      ({ name, rule }) =>
        `${name} is not set here: the command ${rule.endsWith('-') ? 'takes its default' : 'does without'}`,
    );
  for (const note of new Set(notes)) agent.notes.push(note);
}

/** A default that nobody else may see; an empty one of a secret stands for a secret, too. */
function isHidden({ text, source = '' }: Meaning, name: string): boolean {
  return isSecretName(name) || isSecretName(source) || isSecret(name, text);
}

function isSecret(name: string, text: string): boolean {
  return text !== '' && (isSecretName(name) || hasPassword(text));
}

function pairsOf(given: unknown): [string, unknown][] {
  if (Array.isArray(given))
    return given.map((one) => {
      const text = String(one);
      const at = text.indexOf('=');
      return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
    });
  return typeof given === 'object' && given !== null ? Object.entries(given) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
