import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/reference/configuration.md';
const SCHEMA = 'docs/reference/dreamnet.schema.json';

/** Every key the fleet file may have is named, as code or in a heading, in the reference. */
export function checkConfigurationKeys(root) {
  const page = readFileSync(join(root, PAGE), 'utf8');
  const named = [...page.matchAll(/`[^`\n]+`|^#+ .*$|```[\s\S]*?```/gm)].map(([text]) => text).join(' ');
  const words = new Set(named.match(/[A-Za-z_]\w*/g));
  const missing = [...keysOf(JSON.parse(readFileSync(join(root, SCHEMA), 'utf8')))].filter(
    (path) => !words.has(path.split('.').at(-1)),
  );
  return [...new Set(missing)].map((path) => `${PAGE}: the key '${path}' is not named`);
}

function* keysOf(schema, path = '') {
  if (schema === null || typeof schema !== 'object') return;
  for (const [name, part] of Object.entries(schema)) {
    if (name !== 'properties' || Array.isArray(schema)) yield* keysOf(part, path);
    else
      for (const [key, value] of Object.entries(part)) {
        yield path + key;
        yield* keysOf(value, `${path}${key}.`);
      }
  }
}
