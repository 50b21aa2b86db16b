import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** They check themselves; here only that they say so. */
test.each(['groups', 'scaling'])(
  'example %s: everything it prints is true',
  (name) => {
    const script = fileURLToPath(new URL(`../../../../examples/${name}/index.mjs`, import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/All as stated\.\n$/);
  },
  180_000,
);
