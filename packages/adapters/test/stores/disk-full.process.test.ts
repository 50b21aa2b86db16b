import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./disk-full.fixture.mjs', import.meta.url));
const REOPENS = fileURLToPath(new URL('./reopen-full.fixture.mjs', import.meta.url));
const BUILT_ENTRY = new URL('../../dist/index.js', import.meta.url).href;
const MOUNT = 'mount -t tmpfs -o size=2m none "$1"';

/** Runs a shell line in a mount namespace of its own: what it mounts is gone when it ends. */
function inOwnMounts(line: string, ...args: string[]) {
  return spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', line, 'sh', ...args], {
    encoding: 'utf8',
  });
}

test('sqlite: on a full disk writes are refused, none is lost, and with space again it goes on', ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-full-'));
  try {
    skip(inOwnMounts(MOUNT, folder).status !== 0, 'needs a mount namespace for a small disk');
    const { stdout, stderr } = inOwnMounts(
      `${MOUNT} && exec "$2" "$3" "$4" "$1"`,
      folder,
      process.execPath,
      FIXTURE,
      BUILT_ENTRY,
    );
    expect(stderr).toBe('');
    const { acknowledged, found, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      whenFull: 'DN_STORE_FULL true',
      stillFull: 'DN_STORE_FULL true',
      withSpace: 'written',
      closing: 'written',
    });
    expect(acknowledged).toBeGreaterThan(50);
    expect(found).toBe(acknowledged + 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('sqlite: where there is no space even to open, the missing space and the file are named, and nothing is lost', ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-full-'));
  try {
    skip(inOwnMounts(MOUNT, folder).status !== 0, 'needs a mount namespace for a small disk');
    const line = `${MOUNT} && exec "$2" "$3" "$4" "$1"`;
    const { stdout, stderr } = inOwnMounts(line, folder, process.execPath, REOPENS, BUILT_ENTRY);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ filling: 'ENOSPC', told: 'DN_STORE_FULL true', found: 'kept' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
