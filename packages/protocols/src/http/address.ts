import { protocolsError } from '../errors.js';

/**
 * Parses an http or https URL.
 *
 * @throws DN_HTTP_BAD_URL
 */
export function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw protocolsError('DN_HTTP_BAD_URL', { url: text, delivered: false });
  return url;
}

/** Does the host name this machine itself? Names are not resolved: only `localhost` and literal addresses count. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/** The URL without user, password and query: what may stand in a log, an event or an error. */
export function publicUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
