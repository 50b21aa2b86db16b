import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The program's version, from its package.json. */
export const VERSION = String((manifest as { version?: unknown }).version ?? '0.0.0');
