/** One entry of a network binding's list. `port` null: every port of it. */
export interface AllowedDestination {
  /** Lower case, without brackets; of `*.example.org` the part after the star, beginning with the dot. */
  readonly host: string;
  readonly isWildcard: boolean;
  readonly port: number | null;
}

/** Where a connection is to go. `host` is a name or an address without brackets. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

const LARGEST_PORT = 65_535;

/** Reads `host`, `host:port`, `*.host:port` or `[v6]:port`; undefined when it is none of these. */
export function parseAllowed(text: string): AllowedDestination | undefined {
  const match = /^(\*(?=\.))?(\[[0-9a-f:.]+\]|[^:[\]/\s@*]+)(?::(\d{1,5}))?$/i.exec(text);
  if (!match?.[2]) return undefined;
  const port = match[3] === undefined ? null : Number(match[3]);
  if (port !== null && (port < 1 || port > LARGEST_PORT)) return undefined;
  return { host: plainHost(match[2]), isWildcard: match[1] !== undefined, port };
}

/** Reads `host:port`, as CONNECT names it; undefined when it is not that. */
export function parseDestination(text: string, defaultPort?: number): Destination | undefined {
  const allowed = parseAllowed(text);
  const port = allowed?.port ?? defaultPort;
  if (!allowed || allowed.isWildcard || port === undefined) return undefined;
  return { host: allowed.host, port };
}

/** Is it on the list? Names are compared as names: what they resolve to does not matter. */
export function isAllowed({ host, port }: Destination, list: readonly AllowedDestination[]): boolean {
  return list.some(
    (entry) =>
      (entry.port === null || entry.port === port) &&
      (entry.isWildcard ? host.endsWith(entry.host) && host.length > entry.host.length : host === entry.host),
  );
}

/** Is it this machine, as seen from itself? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** As a person writes it. */
export function showDestination({ host, port }: Destination): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function plainHost(text: string): string {
  return text
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
