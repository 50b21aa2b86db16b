import { readFile } from 'node:fs/promises';

/** A secret as it is, or how to get it each time it is needed, so that a changed one counts from the next use on. */
export type Secret = string | (() => Promise<string>);

/**
 * A secret that stands in a file, without the line's end.
 *
 * @param path The file; read at each use, so that whoever rotates the secret need not restart anything.
 */
export function fileSecret(path: string): Secret {
  return async () => (await readFile(path, 'utf8')).trim();
}

/** The secret's value now. @throws Whatever its source throws. */
export async function revealSecret(secret: Secret): Promise<string> {
  return typeof secret === 'string' ? secret : secret();
}

/** Shorter ones would also be found in words that are no secret. */
const SHORTEST_MASKED = 4;

/** Puts `<secret>` in place of every secret found in a text that somebody will read. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_MASKED)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, '<secret>'), text);
}
