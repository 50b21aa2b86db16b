import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { blocksOf, readPages } from './markdown.mjs';

const SCHEMA = 'apps/dreamnet/dist/config/schema.js';
const MARK = 'dreamnet.yaml';

/** Every block opened with "yaml dreamnet.yaml" is a configuration that the program would take. */
export async function checkConfigurationBlocks(root) {
  const blocks = readPages(root).flatMap((page) =>
    blocksOf(page)
      .filter(({ info }) => /^ya?ml\b/.test(info) && info.includes(MARK))
      .map((block) => ({ ...block, path: page.path })),
  );
  if (blocks.length === 0) return [];
  const path = join(root, SCHEMA);
  if (!existsSync(path)) return [`${SCHEMA}: is not built; run 'npm run build'`];
  const { fleetSchema } = await import(pathToFileURL(path).href);
  return blocks.flatMap((block) => problemsOf(block, fleetSchema));
}

function problemsOf({ path, line, text }, fleetSchema) {
  const document = parseDocument(text);
  if (document.errors.length > 0) return document.errors.map(({ message }) => `${path}:${line} ${message}`);
  const { success, error } = fleetSchema.safeParse(document.toJS());
  return success
    ? []
    : error.issues.map((issue) => `${path}:${line} ${issue.path.join('.')}: ${issue.message}`);
}
