import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NEEDS_MOUNTS, onSmallDisk } from '../small-disk.js';

const FIXTURE = fileURLToPath(new URL('./disk-full.fixture.mjs', import.meta.url));

test('report log: on a full disk nothing is acknowledged that is not kept, and with space it goes on by itself', ({
  skip,
}) => {
  const seen = onSmallDisk(FIXTURE);
  if (!seen) return skip(NEEDS_MOUNTS);
  expect(seen.stderr).toBe('');
  const { acknowledged, ...rest } = JSON.parse(seen.stdout);
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
});
