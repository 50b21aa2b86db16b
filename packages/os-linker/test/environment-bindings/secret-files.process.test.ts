import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSecretFiles } from '../../src/index.js';

const MEMORY = '/dev/shm';
let directory: string;
beforeEach(() => {
  directory = join(MEMORY, `dreamnet-test-${randomBytes(6).toString('hex')}`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('secret files: readable by their owner only, replaced whole, gone when cleared', async () => {
  const files = createSecretFiles(directory);
  expect(await files.problem()).toBeUndefined();
  await files.write('agent', 'KEY', 'one');
  await files.write('agent', 'KEY', 'two');
  const path = files.pathOf('agent', 'KEY');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect([directory, join(directory, 'agent'), path].map((one) => statSync(one).mode & 0o777)).toEqual([
    0o700, 0o700, 0o600,
  ]);
  expect(readdirSync(join(directory, 'agent'))).toEqual(['KEY']);
  await files.clear('agent');
  expect(existsSync(join(directory, 'agent'))).toBe(false);
});

test('secret files: a place on a disk, or one that is a link, is refused', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'dreamnet-files-'));
  symlinkSync(elsewhere, directory);
  expect(await createSecretFiles(directory).problem()).toBeDefined();
  rmSync(elsewhere, { recursive: true });
  expect(await createSecretFiles('/proc/dreamnet').problem()).toBe('/proc is not a file system in memory');
});
