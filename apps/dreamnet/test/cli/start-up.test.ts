import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('start-up: a command that only asks loads neither the core nor a schema library', () => {
  const { packages, files } = loadedBy(MAIN);

  expect([...packages].sort()).toEqual(['@dreamnet/contracts', '@dreamnet/kit', 'commander', 'picocolors']);
  expect(files.size).toBeGreaterThan(20);
});

/** What importing this file loads before anything runs: imports that are neither of types only nor made on demand. */
function loadedBy(entry: string): { packages: Set<string>; files: Set<string> } {
  const packages = new Set<string>();
  const files = new Set<string>([entry]);
  for (const file of files)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (from.startsWith('node:')) continue;
      if (!from.startsWith('.')) packages.add(from);
      else files.add(sourceOf(join(dirname(file), from)));
    }
  return { packages, files };
}

const STATIC_IMPORT = /^(?:import|export) (?!type )(?:[^'";]* from )?'([^']+)'/gm;

function sourceOf(compiled: string): string {
  const source = compiled.replace(/\.js$/, '.ts');
  return existsSync(source) ? source : compiled;
}
