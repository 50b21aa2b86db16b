import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_ROOT } from './keep/program-root.js';

const manifest: unknown = JSON.parse(readFileSync(join(PROGRAM_ROOT, 'package.json'), 'utf8'));

/** The program's version, from its package.json. */
export const VERSION = String((manifest as { version?: unknown }).version ?? '0.0.0');
