import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, storeConformance } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { createSqliteStore, type SqliteStoreOptions } from '../../src/stores/sqlite.js';
import { loadSqliteEngine } from '../../src/stores/sqlite-engine.js';

const folders: string[] = [];
const newPath = () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-sqlite-'));
  folders.push(folder);
  return join(folder, 'state', 'dreamnet.db');
};
const open = (path: string, options?: Partial<SqliteStoreOptions>) =>
  createSqliteStore({ path, clock: createFakeClock(), ...options });
const cleanUp = () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
};
afterEach(cleanUp);

storeConformance('sqlite', async () => {
  const path = newPath();
  return { store: await open(path), reopen: () => open(path), cleanUp: async () => cleanUp() };
});

/** A database made by some other program, through the same engine. */
async function raw(path: string, sql: string): Promise<void> {
  const engine = await loadSqliteEngine();
  const database = engine.open(path);
  database.exec(sql);
  database.close();
}

test('sqlite: the file and its folder are readable by their owner only', async () => {
  const path = newPath();
  const store = await open(path);
  await store.commit([{ op: 'put', collection: 'c', key: 'k', value: 1 }]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  await store.close();
});

test('sqlite: a file that is no database is refused and left as it was', async () => {
  const path = join(newPath(), '..', '..', 'notes.txt');
  const text = 'shopping list\n'.repeat(500);
  writeFileSync(path, text);
  await expect(open(path)).rejects.toMatchObject({ code: 'DN_STORE_FOREIGN', retryable: false });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('sqlite: the database of another program is refused and left as it was', async () => {
  const path = join(newPath(), '..', '..', 'other.db');
  await raw(path, 'CREATE TABLE photos (id INTEGER)');
  const before = readFileSync(path);
  await expect(open(path)).rejects.toMatchObject({ code: 'DN_STORE_FOREIGN' });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('sqlite: a schema from the future is refused', async () => {
  const path = newPath();
  await (await open(path)).close();
  await raw(path, "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'later', 0)");
  await expect(open(path)).rejects.toMatchObject({
    code: 'DN_STORE_NEWER',
    details: { found: 99, known: 2 },
  });
});

test('sqlite: a damaged page is a coded error, not a wrong answer', async () => {
  const path = newPath();
  const store = await open(path);
  const value = 'x'.repeat(2000);
  const writes = Array.from(
    { length: 50 },
    (_, n) => ({ op: 'put', collection: 'c', key: `k${n}`, value }) as const,
  );
  await store.commit(writes);
  await store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096 * 4);
  writeFileSync(path, bytes);
  const again = await open(path);
  const outcome = await again.scan('c').then(
    (records) => `${records.length} records`,
    (error) => `${error.code} ${error.message}`,
  );
  await again.close();
  expect(outcome).toContain('DN_STORE_CORRUPT');
});

test('sqlite: a folder that cannot be made is a coded error', async () => {
  const path = join(newPath(), '..', '..', 'file');
  writeFileSync(path, '');
  await expect(open(join(path, 'dreamnet.db'))).rejects.toMatchObject({ code: 'DN_STORE_OPEN' });
});

test('sqlite: full → a retryable error and nothing half written; with space again it goes on', async () => {
  const store = await open(newPath(), { limitBytes: 256 * 1024 });
  const big = (key: string) =>
    store.commit([
      { op: 'append', journal: 'j', at: 1, value: key },
      { op: 'put', collection: 'c', key, value: 'x'.repeat(20_000) },
    ]);
  const kept: string[] = [];
  let refusal: unknown;
  for (let n = 0; n < 40 && refusal === undefined; n += 1) {
    const key = `k${n}`;
    await big(key).then(
      () => kept.push(key),
      (error) => {
        refusal = error;
      },
    );
  }
  expect(refusal).toMatchObject({ code: 'DN_STORE_FULL', retryable: true });
  const [small] = await Promise.allSettled([
    store.commit([{ op: 'put', collection: 'small', key: 'k', value: 1 }]),
    big('too-big'),
  ]);
  expect(small.status).toBe('fulfilled');
  expect((await store.readJournal('j')).map(({ value }) => value)).toEqual(kept);
  await store.commit(kept.slice(0, 3).map((key) => ({ op: 'delete', collection: 'c', key }) as const));
  await big('after');
  expect(await store.read('c', 'after')).toHaveLength(20_000);
  await store.close();
});

test('sqlite: a lock held by another program for too long is a retryable error', async () => {
  const path = newPath();
  const store = await open(path, { busyTimeoutMs: 20 });
  const other = (await loadSqliteEngine()).open(path);
  other.exec('BEGIN IMMEDIATE');
  const write = { op: 'put', collection: 'c', key: 'k', value: 1 } as const;
  await expect(store.commit([write])).rejects.toMatchObject({ code: 'DN_STORE_BUSY', retryable: true });
  other.exec('ROLLBACK');
  other.close();
  await store.commit([write]);
  expect(await store.read('c', 'k')).toBe(1);
  await store.close();
});

test('sqlite: loading the engine says nothing on standard error and leaves emitWarning as it was', async () => {
  const before = process.emitWarning;
  await loadSqliteEngine();
  expect(process.emitWarning).toBe(before);
});

test('sqlite: a read-only file is a coded error', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may write to a read-only file');
  const path = newPath();
  await (await open(path)).close();
  chmodSync(join(path, '..'), 0o500);
  chmodSync(path, 0o400);
  await expect(open(path)).rejects.toMatchObject({
    code: expect.stringMatching(/^DN_STORE_(READONLY|OPEN)$/),
  });
  chmodSync(join(path, '..'), 0o700);
});

test('sqlite: removing from a journal waits its turn among the commits', async () => {
  const store = await open(newPath());
  const append = (value: number) => store.commit([{ op: 'append', journal: 'j', at: 1, value }]);
  const done = [append(1), append(2), store.trimJournal?.('j', 3), append(3)];
  expect(await Promise.all(done)).toEqual([undefined, undefined, 2, undefined]);
  expect((await store.readJournal('j')).map(({ value }) => value)).toEqual([3]);
  await store.close();
});

test('sqlite: a file that is gone or replaced while it is open takes nothing; put back it goes on', async () => {
  const path = newPath();
  const store = await open(path);
  const put = (value: number) => store.commit([{ op: 'put', collection: 'c', key: 'k', value }]);
  await put(1);
  renameSync(path, `${path}.aside`);
  await expect(put(2)).rejects.toMatchObject({
    code: 'DN_STORE_REPLACED',
    message: expect.stringContaining('is gone'),
  });
  writeFileSync(path, '');
  await expect(put(3)).rejects.toMatchObject({ message: expect.stringContaining('is another file now') });
  expect(await store.read('c', 'k')).toBe(1);
  renameSync(`${path}.aside`, path);
  await put(4);
  await store.close();
  const again = await open(path);
  expect(await again.read('c', 'k')).toBe(4);
  await again.close();
});
