import type { Clock } from '@dreamnet/contracts';

/** Where reports and questions go. */
export interface Destination {
  /** An http or https address without a slash at its end. */
  readonly url: string;
  /** Fit for a header. */
  readonly token: string | undefined;
  readonly clock: Clock;
}

/** What a header of HTTP takes of a token. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Reads what the environment names, without the blanks and line ends of a file that it was read from.
 *
 * @returns The destination, or in words why there is none.
 */
export function readDestination(
  { url, token }: { url: string; token: string | undefined },
  clock: Clock,
): Destination | string {
  const address = url.trim();
  const protocol = URL.canParse(address) ? new URL(address).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    return `DREAMNET_URL is no address that begins with http:// or https://: ${address}`;
  const word = token?.trim() ?? '';
  // What it is stays out of the log: it may be most of a token.
  if (word !== '' && !TOKEN.test(word)) return 'DREAMNET_TOKEN has characters that no token has';
  return { url: address.replace(/\/+$/, ''), token: word === '' ? undefined : word, clock };
}
