import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILT_ENTRY = new URL('../dist/index.js', import.meta.url).href;
const MOUNT = 'mount -t tmpfs -o size=2m none "$1"';

/** For a test that is skipped where `onSmallDisk` gives nothing. */
export const NEEDS_MOUNTS = 'needs a mount namespace for a small disk';

/**
 * Runs a fixture (with the built entry and the folder as its arguments) on a disk of 2 MiB of its own, in a mount
 * namespace: it is gone when the fixture ends.
 *
 * @returns undefined where no such namespace can be had.
 */
export function onSmallDisk(fixture: string): { stdout: string; stderr: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-full-'));
  try {
    if (inOwnMounts(MOUNT, folder).status !== 0) return undefined;
    const line = `${MOUNT} && exec "$2" "$3" "$4" "$1"`;
    return inOwnMounts(line, folder, process.execPath, fixture, BUILT_ENTRY);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inOwnMounts(line: string, ...args: string[]) {
  return spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', line, 'sh', ...args], {
    encoding: 'utf8',
  });
}
