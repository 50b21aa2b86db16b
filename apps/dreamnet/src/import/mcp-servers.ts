import { listOf, mapOf, wordOf } from './values.js';

/** Servers that were kept together. */
export interface McpGroup {
  readonly servers: Record<string, unknown>;
  /** The folder of the project they are for; undefined for those of the file's own folder. */
  readonly project: string | undefined;
  /** Names that are switched off beside them. */
  readonly disabled: readonly string[];
}

/** Where the editors keep their servers: Claude, Cursor and most others; VS Code; Zed. */
const PLACES = [['mcpServers'], ['servers'], ['mcp', 'servers'], ['context_servers']] as const;

/** The servers in a parsed file, wherever its editor keeps them; those of Claude's projects come last. Empty: none. */
export function mcpServersIn(value: unknown): McpGroup[] {
  const own = PLACES.map((place) => place.reduce<unknown>((at, key) => mapOf(at)[key], value));
  const projects = Object.entries(mapOf(mapOf(value).projects)).map(([project, given]) => ({
    servers: mapOf(mapOf(given).mcpServers),
    project,
    disabled: listOf(mapOf(given).disabledMcpServers).map(String),
  }));
  const groups = [
    ...own.map((found) => ({ servers: mapOf(found), project: undefined, disabled: [] })),
    ...projects,
  ];
  return groups.filter(({ servers }) => Object.values(servers).map(mapOf).some(isServer));
}

/** Most say `url`, Windsurf `serverUrl`, Gemini `httpUrl`. */
export function urlOf({ url, serverUrl, httpUrl }: Record<string, unknown>): string | undefined {
  return wordOf(url) ?? wordOf(httpUrl) ?? wordOf(serverUrl);
}

function isServer(server: Record<string, unknown>): boolean {
  return typeof server.command === 'string' || urlOf(server) !== undefined || 'path' in mapOf(server.command);
}
