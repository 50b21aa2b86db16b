import { basename, dirname, resolve } from 'node:path';
import { type Imported, importedAgent, nothingImported, type SourceFile } from './imported.js';
import { leftOut, mapOf, wordOf, wordsOf } from './values.js';
import { takeVariables } from './variables.js';

/** Where the editors keep their servers: Claude, Cursor and most others; VS Code; Zed. */
const PLACES = [['mcpServers'], ['servers'], ['mcp', 'servers'], ['context_servers']] as const;
const KNOWN = ['command', 'args', 'env', 'cwd', 'type', 'url', 'serverUrl', 'httpUrl', 'headers', 'disabled'];
/** An address may be a secret itself. */
const KEY_IN_ADDRESS = /[?&][^=&]*(key|token|secret|password)[^=&]*=/i;
const EDITOR_FOLDERS: ReadonlySet<string> = new Set(['.vscode', '.cursor', '.zed', '.claude']);

/** The servers in a parsed file, wherever its editor keeps them; undefined when there is no such place. */
export function mcpServersIn(value: unknown): Record<string, unknown> | undefined {
  for (const place of PLACES) {
    const found = place.reduce<unknown>((at, key) => mapOf(at)[key], value);
    const servers = Object.values(mapOf(found)).map(mapOf);
    if (servers.some(isServer)) return mapOf(found);
  }
  return undefined;
}

function isServer(server: Record<string, unknown>): boolean {
  return typeof server.command === 'string' || urlOf(server) !== undefined || 'path' in mapOf(server.command);
}

/** `.mcp.json` and the editors' variants of it. */
export function readMcp({ folder }: SourceFile, servers: Record<string, unknown>): Imported {
  const imported = nothingImported();
  const workspace = EDITOR_FOLDERS.has(basename(folder)) ? dirname(folder) : folder;
  const fill = (text: string) => text.replace(/\$\{workspaceFolder\}/g, workspace);
  for (const [name, given] of Object.entries(servers)) {
    const server = flat(mapOf(given));
    const command = wordOf(server.command);
    const url = urlOf(server);
    if (server.disabled === true) imported.notes.push(`'${name}' is disabled there: left out`);
    else if (command === undefined && (url === undefined || !/^https?:\/\//.test(fill(url))))
      imported.notes.push(`'${name}' has neither a command nor an http address: left out`);
    else if (command !== undefined) {
      const words = wordsOf(server.args).map(fill);
      const cwd = resolve(workspace, fill(wordOf(server.cwd) ?? '.'));
      const agent = importedAgent(name, [fill(command), ...words], cwd);
      agent.protocol = 'mcp';
      takeVariables(agent, filled(server.env, fill));
      if (words.some((word) => /\$\{[^}]+\}/.test(word)))
        agent.notes.push('the command has a placeholder that is not filled in');
      agent.notes.push(...leftOut(server, KNOWN), 'capabilities: name the tools that others may call');
      imported.agents.push(agent);
    } else if (url !== undefined) {
      const notes = ['it runs elsewhere: it is watched, not started', ...leftOut(server, KNOWN)];
      if (server.headers !== undefined) notes.push('headers are not carried over: the probe sends none');
      if (server.type === 'sse')
        notes.push('its transport is the older one (sse), which the probe does not speak');
      if (KEY_IN_ADDRESS.test(url))
        notes.push('its address seems to hold a secret, and stands here as it is');
      imported.subsystems.push({ name, probe: { mcp: { url: fill(url) } }, notes });
    }
  }
  return imported;
}

/** Most say `url`, Windsurf `serverUrl`, Gemini `httpUrl`. */
function urlOf({ url, serverUrl, httpUrl }: Record<string, unknown>): string | undefined {
  return wordOf(url) ?? wordOf(httpUrl) ?? wordOf(serverUrl);
}

/** Zed nests: `command: {path, args, env}`. */
function flat(server: Record<string, unknown>): Record<string, unknown> {
  const inner = mapOf(server.command);
  if (!('path' in inner)) return server;
  const { path, args, env } = inner;
  return { ...server, command: path, args, env };
}

function filled(env: unknown, fill: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(mapOf(env)).map(([name, value]) => [
      name,
      typeof value === 'string' ? fill(value) : value,
    ]),
  );
}
