import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram, isDirectory, isExecutable } from '../../src/local/find-program.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-find-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('find: a name is looked for in the search path, a path from the directory', async () => {
  const path = join(folder, 'tool');
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  const inPath = await findProgram('tool', { cwd: '/', searchPath: `/nowhere:${folder}` });
  const fromHere = await findProgram('./tool', { cwd: folder, searchPath: '/nowhere' });
  expect([inPath, fromHere]).toEqual([
    { ok: true, path },
    { ok: true, path },
  ]);
});

test('find: those who ask together get one answer, whoever asks later gets another', async () => {
  const path = join(folder, 'tool');
  const [first, second] = [isExecutable(path), isExecutable(path)];
  expect(second).toBe(first);
  expect(await first).toBe(false);
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  expect(await isExecutable(path)).toBe(true);
  chmodSync(path, 0o644);
  expect(await isExecutable(path)).toBe(false);
});

test('find: a folder is no program, and a program no folder', async () => {
  expect(await Promise.all([isDirectory(folder), isExecutable(folder)])).toEqual([true, false]);
  writeFileSync(join(folder, 'tool'), '', { mode: 0o755 });
  expect(await isDirectory(join(folder, 'tool'))).toBe(false);
});
