import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NEEDS_MOUNTS, onSmallDisk } from '../small-disk.js';

const FIXTURE = fileURLToPath(new URL('./disk-full.fixture.mjs', import.meta.url));
const NEARLY_FULL = fileURLToPath(new URL('./disk-nearly-full.fixture.mjs', import.meta.url));

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

test('report log: room for a small report is no end of a full disk while larger ones are refused', ({
  skip,
}) => {
  const seen = onSmallDisk(NEARLY_FULL);
  if (!seen) return skip(NEEDS_MOUNTS);
  expect(seen.stderr).toBe('');
  const FULL = 'DN_REPORT_LOG_FULL';
  expect(JSON.parse(seen.stdout)).toEqual({
    first: 'written',
    whenFull: [FULL, FULL],
    withRoomForSmallOnes: [FULL, 'written', FULL, FULL],
    withRoom: ['none', 'written', 'none'],
    files: 1,
  });
});
