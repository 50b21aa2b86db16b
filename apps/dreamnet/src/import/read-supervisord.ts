import { resolve } from 'node:path';
import { toFilledCommand } from './filled-command.js';
import {
  type Imported,
  type ImportedAgent,
  importedAgent,
  nothingImported,
  type SourceFile,
} from './imported.js';
import { type IniSection, parseIni } from './ini.js';
import { partsOf } from './interpolation.js';
import { LONGEST_LINE } from './shell-words.js';
import { countOf, leftOut, numberOf, stopSignalOf } from './values.js';
import { meaningOfParts, takeReferences, takeVariables } from './variables.js';

const KNOWN = [
  'command',
  'directory',
  'environment',
  'autorestart',
  'startretries',
  'stopwaitsecs',
  'stopsignal',
  'numprocs',
  'process_name',
  'autostart',
  'user',
];
const POLICIES: ReadonlyMap<string, string> = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, 'permanent'] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, 'temporary'] as const),
  ['unexpected', 'transient'],
]);
/** What only the supervisor itself is concerned with. */
const OWN_SECTIONS = /^(supervisord|supervisorctl|unix_http_server|inet_http_server|rpcinterface:.*)$/;

/** A supervisord.conf: its programs. */
export function readSupervisord({ text, folder }: SourceFile): Imported {
  const imported = nothingImported();
  const sections = parseIni(text);
  const ofAll = sections.find(({ name }) => name === 'supervisord')?.values.environment ?? '';
  for (const section of sections) {
    const [, kind, name = ''] = /^(program|fcgi-program):(.+)$/.exec(section.name) ?? [];
    if (kind === undefined) {
      if (!OWN_SECTIONS.test(section.name)) imported.notes.push(`not carried over: [${section.name}]`);
      continue;
    }
    const agent = toAgent(name.trim(), section, { folder, ofAll });
    if (agent) imported.agents.push(agent);
    else imported.notes.push(`'${name}' has no command: left out`);
    if (kind === 'fcgi-program') agent?.notes.push('its FastCGI socket is not carried over');
  }
  return imported;
}

/** @param shared `ofAll` is the environment that the supervisor gives to every program; the program's own wins. */
function toAgent(
  name: string,
  { values }: IniSection,
  { folder, ofAll }: { folder: string; ofAll: string },
): ImportedAgent | undefined {
  const fill = (text: string) =>
    expand(text, { program_name: name, here: folder, process_num: '0', group_name: name });
  // A dollar sign stands for itself there; what the environment is to fill in comes after.
  const fillEscaped = (text = '') => fill(text.replaceAll('$', '$$$$'));
  const filled = toFilledCommand([fillEscaped(values.command)]);
  if (!filled) return undefined;
  const agent = importedAgent(name, filled.command, folder);
  takeDirectory(agent, fill(values.directory ?? '.'), folder);
  const written = [ofAll, values.environment ?? ''];
  const given = written.filter((text) => text.length <= LONGEST_LINE);
  if (given.length < written.length)
    agent.notes.push('not carried over: environment; it is longer than a process can have');
  const environment = Object.assign({}, ...given.map((text) => assignmentsOf(fillEscaped(text))));
  takeVariables(agent, environment, (text) => meaningOfParts(partsOf(text)));
  takeReferences(agent, filled.references);
  const policy = POLICIES.get(values.autorestart?.toLowerCase() ?? 'unexpected');
  const intensity = numberOf(values.startretries);
  agent.settings.restart = { ...(policy && { policy }), ...(intensity !== undefined && { intensity }) };
  // Its own default differs from ours.
  const signal = stopSignalOf(values.stopsignal ?? 'TERM');
  agent.settings.stop = {
    deadline: `${numberOf(values.stopwaitsecs) ?? 10}s`,
    ...(signal !== undefined && signal !== 'SIGTERM' && { signal }),
  };
  if (signal === undefined)
    agent.notes.push(`not carried over: stopsignal ${values.stopsignal}; it is stopped with SIGTERM`);
  takeCount(agent, values);
  if (values.autostart === 'false')
    agent.notes.push('it was not started by itself there (autostart=false); here it starts with the daemon');
  if (values.user !== undefined)
    agent.notes.push(`not carried over: user ${values.user}; isolation gives it a user of its own`);
  agent.notes.push(...leftOut(values, KNOWN));
  if (/%\([^()]*\)/.test(JSON.stringify([agent.command, agent.env])))
    agent.notes.push('it has an expansion that is not filled in');
  return agent;
}

/** What the environment says of a folder nobody knows before the agent is started. */
function takeDirectory(agent: ImportedAgent, directory: string, folder: string): void {
  const name = /\$\{(\w+)\}/.exec(directory)?.[1];
  if (name === undefined) agent.cwd = resolve(folder, directory);
  else agent.notes.push(`not carried over: directory ${directory}; what ${name} is there is not known here`);
}

/** Processes that are told their number are not the same several times. */
function takeCount(agent: ImportedAgent, { numprocs, command, environment }: Record<string, string>): void {
  const count = countOf(numprocs);
  if (count === 1) return;
  if (!/%\(process_num\)/.test(`${command} ${environment}`)) agent.settings.replicas = count;
  else agent.notes.push(`not carried over: numprocs ${count}; each is told its number there`);
}

/** `%(ENV_HOME)s` and its kin; `%%` is a percent sign. */
function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/%\((\w+)\)(?:s|\d*d)|%%/g, (whole, key: string | undefined) => {
    if (key === undefined) return '%';
    if (key.startsWith('ENV_')) return `\${${key.slice('ENV_'.length)}}`;
    return known[key] ?? whole;
  });
}

/** `A="1",B='2',C=3`. */
function assignmentsOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', double, single, bare] of text.matchAll(
    /(?<![\w.])([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,\s]*))/g,
  ))
    found[name] = double ?? single ?? bare ?? '';
  return found;
}
