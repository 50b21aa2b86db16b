import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogSync } from '../../src/stores/log-sync.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('log sync: a log that can be synced is not moved', async () => {
  const path = join(folder, 'log');
  writeFileSync(path, 'frames');
  const log = createLogSync({ path, moveIntoFile: () => expect.unreachable('it was synced') });
  await log.sync();
  await log.sync();
  await log.close();
});

test('log sync: after a failed sync the log is moved, and not trusted before that has worked', async () => {
  const path = join(folder, 'log');
  const outcomes = ['disk', 'disk', undefined];
  let moves = 0;
  const log = createLogSync({
    path,
    moveIntoFile: () => {
      moves += 1;
      const outcome = outcomes.shift();
      if (outcome) throw new Error(outcome);
    },
  });
  await expect(log.sync()).rejects.toThrow('disk');
  // It could be synced now, but what stands before may be lost.
  writeFileSync(path, 'frames');
  await expect(log.sync()).rejects.toThrow('disk');
  await log.sync();
  expect(moves).toBe(3);
  await log.sync();
  expect(moves).toBe(3);
  await log.close();
});
