import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadFleet } from '../../src/config/load.js';
import { readForeignFile } from '../../src/import/read-file.js';
import { writeFleet } from '../../src/import/write-fleet.js';

/**
 * Writes the files, imports the first one, or all of them, and loads what came of it: every import of these tests is a
 * round trip.
 */
export function roundTrip(
  files: Record<string, string>,
  { isExecuted = false, areAllImported = false }: { isExecuted?: boolean; areAllImported?: boolean } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const names = Object.keys(files).slice(0, areAllImported ? undefined : 1);
  const read = names.map((name) => {
    const path = join(folder, name);
    return { path, imported: readForeignFile(path, { isExecuted, variables: process.env }) };
  });
  const { text } = writeFleet(read, folder);
  const target = join(folder, 'dreamnet.yaml');
  writeFileSync(target, text);
  return { text, fleet: loadFleet(target, process.env.PATH ?? '').fleet };
}
