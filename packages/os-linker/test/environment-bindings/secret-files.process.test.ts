import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  await files.write({ processId: 'agent', variable: 'KEY' }, 'one');
  await files.write({ processId: 'agent', variable: 'KEY' }, 'two');
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

const isRoot = process.getuid?.() === 0;
const OTHER = { uid: 61_300, gid: 61_300 };

/** What that user gets of a file: its text, or why not. */
function readAs(uid: number, path: string): string {
  const { stdout, stderr } = spawnSync('/bin/cat', [path], { uid, gid: uid, cwd: '/', encoding: 'utf8' });
  return stdout + stderr;
}

test("secret files: an agent's own user reads its file, cannot list or change the folder, and nobody else reads it", async (ctx) => {
  if (!isRoot) ctx.skip('only root can give a file to another user');
  const files = createSecretFiles(directory);
  expect(await files.problem()).toBeUndefined();
  await files.write({ processId: 'agent', variable: 'KEY', user: OTHER }, 'one');
  await files.write({ processId: 'other', variable: 'KEY' }, 'of the daemon');
  // Looked at again at every start: that must not lock the user out.
  expect(await files.problem()).toBeUndefined();
  const path = files.pathOf('agent', 'KEY');
  expect(readAs(OTHER.uid, path)).toBe('one');
  expect(readAs(OTHER.uid + 1, path)).toMatch(/Permission denied/);
  expect(readAs(OTHER.uid, files.pathOf('other', 'KEY'))).toMatch(/Permission denied/);
  const touch = spawnSync(
    '/bin/sh',
    ['-c', 'ls "$1"; ln -s /etc/passwd "$1/new"; rm "$1/KEY"', 'sh', dirname(path)],
    {
      ...OTHER,
      cwd: '/',
      encoding: 'utf8',
    },
  );
  expect(touch.stderr.match(/Permission denied/g)).toHaveLength(3);
  await files.write({ processId: 'agent', variable: 'KEY', user: OTHER }, 'two');
  expect(readAs(OTHER.uid, path)).toBe('two');
  expect(statSync(path)).toMatchObject({ uid: OTHER.uid, mode: 0o100400 });
});
