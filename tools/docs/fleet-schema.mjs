import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE = 'docs/reference/dreamnet.schema.json';

/** The published schema of dreamnet.yaml is the one the program checks with. */
export async function checkFleetSchema(root, { write }) {
  const { fleetJsonSchema } = await import(
    pathToFileURL(join(root, 'apps/dreamnet/dist/config/schema.js')).href
  );
  const expected = `${JSON.stringify(fleetJsonSchema(), null, 2)}\n`;
  const path = join(root, FILE);
  if (write) writeFileSync(path, expected);
  const actual = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return actual === expected
    ? []
    : [`${FILE}: is not what the program checks with; run 'node tools/docs/check.mjs --write'`];
}
