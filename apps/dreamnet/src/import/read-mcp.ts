import { basename, dirname, resolve } from 'node:path';
import { type Imported, importedAgent, nothingImported, type SourceFile } from './imported.js';
import { referencesIn, withDefaults } from './interpolation.js';
import { takeMcpCommand } from './mcp-command.js';
import { meaningOfMcp, readMcpText } from './mcp-placeholders.js';
import { type McpGroup, urlOf } from './mcp-servers.js';
import { isSecretName } from './secret-signs.js';
import { leftOut, mapOf, wordOf, wordsOf } from './values.js';
import { takeVariables } from './variables.js';

const KNOWN = ['command', 'args', 'env', 'cwd', 'type', 'url', 'serverUrl', 'httpUrl', 'headers', 'disabled'];
/** An address may be a secret itself. */
const KEY_IN_ADDRESS = /key|token|secret|password/i;
const EDITOR_FOLDERS: ReadonlySet<string> = new Set(['.vscode', '.cursor', '.zed', '.claude']);

/** A server on its way into a fleet file. */
interface Server {
  readonly name: string;
  readonly given: Record<string, unknown>;
  /** The folder that it is for, absolute. */
  readonly workspace: string;
  /** What is to be said of it first. */
  readonly notes: readonly string[];
}

/** `.mcp.json` and the editors' variants of it. */
export function readMcp({ folder }: SourceFile, groups: readonly McpGroup[]): Imported {
  const imported = nothingImported();
  const own = EDITOR_FOLDERS.has(basename(folder)) ? dirname(folder) : folder;
  for (const { servers, project, disabled } of groups)
    for (const [name, value] of Object.entries(servers)) {
      const given = flat(mapOf(value));
      const notes = project === undefined ? [] : [`it was one of the project ${project}`];
      const server = {
        name,
        given,
        notes,
        workspace: project === undefined ? own : resolve(folder, project),
      };
      if (given.disabled === true || disabled.includes(name))
        imported.notes.push(`'${name}' is disabled there: left out`);
      else if (wordOf(given.command) !== undefined) takeProgram(imported, server);
      else takeAddress(imported, server);
    }
  return imported;
}

function takeProgram(imported: Imported, { name, given, workspace, notes }: Server): void {
  const command = wordOf(given.command) ?? '';
  const fill = fillerOf(workspace);
  const agent = importedAgent(name, [command], workspace);
  agent.protocol = 'mcp';
  agent.notes.push(...notes);
  const cwd = withDefaults(readMcpText(fill(wordOf(given.cwd) ?? '.')).parts);
  if (cwd.isWhole) agent.cwd = resolve(workspace, cwd.text);
  else agent.notes.push(`not carried over: cwd ${cwd.text}; what is meant is not known here`);
  takeVariables(agent, mapOf(given.env), (text) => meaningOfMcp(fill(text)));
  takeMcpCommand(agent, [command, ...wordsOf(given.args)].map(fill));
  agent.notes.push(...leftOut(given, KNOWN), 'capabilities: name the tools that others may call');
  imported.agents.push(agent);
}

function takeAddress(imported: Imported, { name, given, workspace, notes }: Server): void {
  const { parts, inputs } = readMcpText(fillerOf(workspace)(urlOf(given) ?? ''));
  const { text: url, defaults, isWhole } = withDefaults(parts);
  const asked = referencesIn(parts).map((reference) => reference.name);
  const missing = isWhole && !asked.some(isSecretName) ? inputs : [...asked, ...inputs];
  if (missing.length > 0) {
    const needs = [...new Set(missing)].join(', ');
    imported.notes.push(`'${name}' is left out: its address needs ${needs}, which a probe is not told`);
    return;
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    imported.notes.push(`'${name}' has neither a command nor an http address: left out`);
    return;
  }
  const said = [...notes, 'it runs elsewhere: it is watched, not started', ...leftOut(given, KNOWN)];
  for (const one of new Set(defaults))
    said.push(`its address has its default here: ${one} in the environment of the daemon is not asked`);
  if (given.headers !== undefined) said.push('headers are not carried over: the probe sends none');
  if (given.type === 'sse') said.push('its transport is the older one (sse), which the probe does not speak');
  if ([...new URL(url).searchParams.keys()].some((key) => KEY_IN_ADDRESS.test(key)))
    said.push('its address seems to hold a secret, and stands here as it is');
  imported.subsystems.push({ name, probe: { mcp: { url } }, notes: said });
}

/** Fills in what is known here: the editors' names for the folder. */
function fillerOf(workspace: string): (text: string) => string {
  return (text) =>
    text
      .replace(/\$\{workspaceFolder\}/g, () => workspace)
      .replace(/\$\{workspaceFolderBasename\}/g, () => basename(workspace))
      .replace(/\$\{(\/|pathSeparator)\}/g, '/');
}

/** Zed nests: `command: {path, args, env}`. */
function flat(server: Record<string, unknown>): Record<string, unknown> {
  const inner = mapOf(server.command);
  if (!('path' in inner)) return server;
  const { path, args, env } = inner;
  return { ...server, command: path, args, env };
}
