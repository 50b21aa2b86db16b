#!/usr/bin/env node
// Holds the documentation against the code. `--write` makes the generated pages again. Needs a build.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCommandLine } from './command-line.mjs';
import { checkConfigurationBlocks } from './configuration.mjs';
import { checkConfigurationKeys } from './configuration-keys.mjs';
import { checkErrorPage } from './error-tables.mjs';
import { checkFleetSchema } from './fleet-schema.mjs';
import { checkHttpRoutes } from './http-routes.mjs';
import { checkLinks } from './markdown.mjs';

/** Each takes the root and the options and gives its problems; a new check is one more line. */
const CHECKS = [
  ['error page', checkErrorPage],
  ['schema of the fleet file', checkFleetSchema],
  ['keys of the fleet file', checkConfigurationKeys],
  ['command line', checkCommandLine],
  ['HTTP routes', checkHttpRoutes],
  ['links', checkLinks],
  ['configuration examples', checkConfigurationBlocks],
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const options = { write: process.argv.includes('--write') };
let count = 0;
for (const [name, check] of CHECKS) {
  const problems = await check(root, options);
  for (const problem of problems) console.log(`${name}: ${problem}`);
  count += problems.length;
}
console.log(`docs: ${CHECKS.length} checks, ${count} problems`);
if (count > 0) process.exitCode = 1;
