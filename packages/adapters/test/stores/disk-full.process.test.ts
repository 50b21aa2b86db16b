import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NEEDS_MOUNTS, onSmallDisk } from '../small-disk.js';

const FIXTURE = fileURLToPath(new URL('./disk-full.fixture.mjs', import.meta.url));
const REOPENS = fileURLToPath(new URL('./reopen-full.fixture.mjs', import.meta.url));

test('sqlite: on a full disk writes are refused, none is lost, and with space again it goes on', ({
  skip,
}) => {
  const seen = onSmallDisk(FIXTURE);
  if (!seen) return skip(NEEDS_MOUNTS);
  expect(seen.stderr).toBe('');
  const { acknowledged, found, ...rest } = JSON.parse(seen.stdout);
  expect(rest).toEqual({
    whenFull: 'DN_STORE_FULL true',
    stillFull: 'DN_STORE_FULL true',
    withSpace: 'written',
    closing: 'written',
  });
  expect(acknowledged).toBeGreaterThan(50);
  expect(found).toBe(acknowledged + 1);
});

test('sqlite: where there is no space even to open, the missing space and the file are named, and nothing is lost', ({
  skip,
}) => {
  const seen = onSmallDisk(REOPENS);
  if (!seen) return skip(NEEDS_MOUNTS);
  expect(seen.stderr).toBe('');
  expect(JSON.parse(seen.stdout)).toEqual({ filling: 'ENOSPC', told: 'DN_STORE_FULL true', found: 'kept' });
});
