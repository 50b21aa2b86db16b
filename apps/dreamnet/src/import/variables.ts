import type { ImportedAgent } from './imported.js';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names under which people keep what nobody else may see. */
const SECRET = /(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|CREDENTIALS?|PAT|DSN)$|API_?KEY|PRIVATE_?KEY/i;
/** `${env:NAME}` of VS Code and Cursor, `${NAME}` of the others. */
const FROM_ENVIRONMENT = /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(:?-[^}]*)?\}$/;
/** `$NAME`, `${NAME}` and `${NAME:-default}` in a command line; `\\$` is no reference. */
const REFERENCE = /(?<!\\)\$(?:\{([A-Za-z_]\w*)([^}]*)\}|([A-Za-z_]\w*))/g;
/** What an agent has of the daemon's environment without asking. */
const INHERITED = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']);
/** A password within an address, such as a database's; a placeholder in its place is none. */
const IN_ADDRESS = /^[a-z][\w+.-]*:\/\/[^/\s:@]*:(?!\$\{)[^/\s@]+@/i;
const FROM_INPUT = /^\$\{input:([^}]+)\}$/;

/**
 * Takes variables over. Secrets are not copied: they are bound to the vault, or to the variable of the daemon that the
 * file refers to.
 *
 * @param given A map, or a list of `NAME=value`, as compose files have it.
 */
export function takeVariables(agent: ImportedAgent, given: unknown): void {
  for (const [name, value] of pairsOf(given)) {
    const text = value === null || value === undefined ? undefined : textOf(value);
    const source = text === undefined ? undefined : FROM_ENVIRONMENT.exec(text)?.[1];
    const input = text === undefined ? undefined : FROM_INPUT.exec(text)?.[1];
    if (!VARIABLE.test(name)) agent.notes.push(`the variable '${name}' has no possible name`);
    else if (text === undefined || source !== undefined) {
      agent.secrets[name] = { from: 'env', name: source ?? name };
      agent.notes.push(`${name} comes from ${source ?? name} in the environment of the daemon`);
    } else if (input !== undefined || isSecret(name, text)) {
      const key = `${agent.name}.${name}`.replace(/[^\w.-]+/g, '-');
      agent.secrets[name] = { from: 'vault', key };
      agent.notes.push(
        input === undefined
          ? `${name} ${IN_ADDRESS.test(text) ? 'has a password in it' : 'looks like a secret'}: its value was not copied; put it into the vault as ${key}`
          : `${name} was asked for as '${input}'; put it into the vault as ${key}`,
      );
    } else {
      agent.env[name] = text;
      if (/\$\{[^}]*\}/.test(text)) agent.notes.push(`${name} has a placeholder that is not filled in`);
    }
  }
}

/**
 * Binds the variables that the other tool would have filled into the command: the shell that does it now must have them.
 * One with a default is only named, since an agent does not start without what it is bound to.
 */
export function takeReferences(agent: ImportedAgent): void {
  const [program, , line = ''] = agent.command;
  if (program !== 'sh') return;
  for (const [, braced, modifier = '', bare] of line.matchAll(REFERENCE)) {
    const name = braced ?? bare ?? '';
    if (Object.hasOwn(agent.env, name) || Object.hasOwn(agent.secrets, name) || INHERITED.has(name)) continue;
    if (modifier === '') takeVariables(agent, { [name]: undefined });
    else agent.notes.push(`${name} is not set here: \`${line}\` takes its default`);
  }
}

function isSecret(name: string, text: string): boolean {
  return text !== '' && (SECRET.test(name) || IN_ADDRESS.test(text));
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
