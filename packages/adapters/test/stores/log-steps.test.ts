import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginLogAnew, copyLog, moveBySqlite } from '../../src/stores/log-steps.js';
import { loadSqliteEngine, type SqliteDatabase } from '../../src/stores/sqlite-engine.js';

let folder = '';
let path = '';
let database: SqliteDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-steps-'));
  path = join(folder, 'dreamnet.db');
  database = (await loadSqliteEngine()).open(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('CREATE TABLE record (value TEXT)');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const setting = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0];

test('log steps: after each SQLite syncs again what it moves itself', () => {
  moveBySqlite(database);
  const before = [setting('synchronous'), setting('wal_autocheckpoint')];
  expect(before).toEqual([1, 4000]);
  copyLog(database);
  expect([setting('synchronous'), setting('wal_autocheckpoint')]).toEqual(before);
  beginLogAnew(database);
  expect([setting('synchronous'), setting('wal_autocheckpoint')]).toEqual(before);
});

test('log steps: to begin a log anew that could not be copied moves nothing: that would be unsynced', () => {
  // As when another program has read all the time: longer than SQLite lets it become by itself.
  database.exec('PRAGMA wal_autocheckpoint = 0');
  database.exec('BEGIN');
  for (let page = 0; page < 4200; page += 1)
    database.exec(`INSERT INTO record VALUES ('${'x'.repeat(3900)}')`);
  database.exec('COMMIT');
  moveBySqlite(database);
  const before = readFileSync(path);
  beginLogAnew(database);
  expect(readFileSync(path).equals(before)).toBe(true);
  database.exec("INSERT INTO record VALUES ('one more')");
  expect(readFileSync(path).equals(before)).toBe(false);
});
