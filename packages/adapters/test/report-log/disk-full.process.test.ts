import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./disk-full.fixture.mjs', import.meta.url));
const BUILT_ENTRY = new URL('../../dist/index.js', import.meta.url).href;
const MOUNT = 'mount -t tmpfs -o size=2m none "$1"';

function inOwnMounts(line: string, ...args: string[]) {
  return spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', line, 'sh', ...args], {
    encoding: 'utf8',
  });
}

test('report log: on a full disk nothing is acknowledged that is not kept, and with space it goes on by itself', ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-full-'));
  try {
    skip(inOwnMounts(MOUNT, folder).status !== 0, 'needs a mount namespace for a small disk');
    const line = `${MOUNT} && exec "$2" "$3" "$4" "$1"`;
    const { stdout, stderr } = inOwnMounts(line, folder, process.execPath, FIXTURE, BUILT_ENTRY);
    expect(stderr).toBe('');
    const { acknowledged, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      whenFull: 'DN_REPORT_LOG_FULL true',
      stillFull: 'DN_REPORT_LOG_FULL true',
      failing: 'DN_REPORT_LOG_FULL',
      withSpace: 'written',
      after: 'none',
      isWhole: true,
      damagedBytes: 0,
      tornBytes: 0,
    });
    expect(acknowledged).toBeGreaterThan(50);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
