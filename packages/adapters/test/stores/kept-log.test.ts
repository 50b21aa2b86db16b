import { copyFileSync, existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { loadSqliteEngine } from '../../src/stores/sqlite-engine.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-kept-'));
  path = join(folder, 'dreamnet.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (at: string) => createSqliteStore({ path: at, clock: createFakeClock() });
const put = (value: number) => [{ op: 'put', collection: 'c', key: 'k', value } as const];

/** A database with 1 in it, whose log with 2 in it was kept: what was copied from the log never came to the disk. */
async function leaveKeptLog(): Promise<void> {
  const before = join(folder, 'before.db');
  const first = await open(before);
  await first.commit(put(1));
  await first.close();
  copyFileSync(before, path);
  const second = await open(before);
  await second.commit(put(2));
  copyFileSync(`${before}-wal`, `${path}-wal-kept`);
  await second.close();
}

const isRefused = { code: 'DN_STORE_LOG_KEPT', retryable: false };

test('kept log: what was acknowledged is there at the next opening, on disk in the file itself', async () => {
  await leaveKeptLog();
  const mended = await open(path);
  expect(await mended.read('c', 'k')).toBe(2);
  expect(existsSync(`${path}-wal-kept`)).toBe(false);
  await mended.commit(put(3));
  await mended.close();
  const again = await open(path);
  expect(await again.read('c', 'k')).toBe(3);
  await again.close();
});

test('kept log: it is not put over a database that was changed or replaced since', async () => {
  await leaveKeptLog();
  await new Promise((resolve) => setTimeout(resolve, 20)); // file systems tell times by the tick
  utimesSync(path, 1, 1);
  await expect(open(path)).rejects.toMatchObject(isRefused);
  rmSync(path);
  await expect(open(path)).rejects.toMatchObject(isRefused);
  expect([existsSync(`${path}-wal-kept`), existsSync(`${path}-wal`)]).toEqual([true, false]);
});

test('kept log: it is not put over a log that somebody has begun since', async () => {
  await leaveKeptLog();
  writeFileSync(`${path}-wal`, '');
  await expect(open(path)).rejects.toMatchObject(isRefused);
  expect(existsSync(`${path}-wal-kept`)).toBe(true);
});

test('kept log: it waits until no other program has the database open, which would hide that it was not copied', async () => {
  await leaveKeptLog();
  const other = (await loadSqliteEngine()).open(path);
  other.exec('SELECT count(*) FROM record');
  rmSync(`${path}-wal`); // the other one has begun it; it holds the index all the same
  await expect(open(path)).rejects.toMatchObject(isRefused);
  expect([existsSync(`${path}-wal-kept`), existsSync(`${path}-wal`)]).toEqual([true, false]);
  other.close();
  const mended = await open(path);
  expect(await mended.read('c', 'k')).toBe(2);
  await mended.close();
});
