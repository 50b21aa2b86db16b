import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { loadSqliteEngine } from '../../src/stores/sqlite-engine.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-beginning-'));
  path = join(folder, 'dreamnet.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What SQLite writes when it begins a log: its head and a frame with one page. @source https://www.sqlite.org/fileformat2.html#walformat */
const BEGINNING_BYTES = 32 + 24 + 4096;
/** A disk writes these whole or not at all. */
const SECTOR_BYTES = 512;
/** By this a log is told from the one before it. */
const generationOf = (log: Buffer) => log.subarray(12, 24).toString('hex');
const readLog = () => readFileSync(`${path}-wal`);

const KEYS = 10;
const filler = 'x'.repeat(2000);

/** Writes the same few records over and over, until the log has grown enough to be moved. */
const manyTimes = Array.from({ length: 1000 }, (_, value) => ({
  op: 'put' as const,
  collection: 'c',
  key: `k${value % KEYS}`,
  value: { value, filler },
}));
const newest = new Map(manyTimes.slice(-KEYS).map(({ key, value }) => [key, value.value]));

/** @returns the head of the log that was moved, and what a power cut would have found when it had been begun anew */
async function writeUntilBegunAnew(): Promise<{ before: Buffer; begun: Buffer; file: Buffer }> {
  const store = await createSqliteStore({ path, clock: createFakeClock() });
  // Short, so that a few old frames are a whole transaction, which would be taken for true.
  await store.commit(manyTimes.slice(0, 1));
  await store.commit(manyTimes.slice(0, 200));
  const before = readLog();
  await store.commit(manyTimes);
  await expect.poll(() => generationOf(readLog())).not.toBe(generationOf(before));
  const found = { before, begun: readLog(), file: readFileSync(path) };
  await store.close();
  return found;
}

/** Some ways in which a disk may have got only part of what was written. */
function* halves(sectors: number): Generator<boolean[]> {
  const places = Array.from({ length: sectors }, (_, place) => place);
  for (const at of [...places, sectors]) {
    yield places.map((place) => place < at);
    yield places.map((place) => place >= at);
  }
  for (let mask = 37; mask < 2 ** sectors; mask += 37) yield places.map((place) => (mask >> place) % 2 === 1);
}

test('log: a power cut while it is begun anew takes nothing away, whatever part of that was on disk', async () => {
  const engine = await loadSqliteEngine();
  const { before, begun, file } = await writeUntilBegunAnew();
  expect(before.length).toBeGreaterThanOrEqual(BEGINNING_BYTES);
  const sectors = Math.ceil(BEGINNING_BYTES / SECTOR_BYTES);
  for (const isNew of halves(sectors)) {
    const log = Buffer.from(begun);
    for (const [place, isThere] of isNew.entries())
      if (!isThere) before.copy(log, place * SECTOR_BYTES, place * SECTOR_BYTES, (place + 1) * SECTOR_BYTES);
    const cut = join(folder, 'found.db');
    writeFileSync(cut, file);
    writeFileSync(`${cut}-wal`, log);
    rmSync(`${cut}-shm`, { force: true });
    const database = engine.open(cut);
    const rows = database.prepare('SELECT key, value FROM record').all() as { key: string; value: string }[];
    const found = new Map(rows.map(({ key, value }) => [key, JSON.parse(value).value]));
    database.close();
    expect([isNew.map(Number).join(''), found]).toEqual([isNew.map(Number).join(''), newest]);
  }
});

test('log: the first write after it was begun anew finds that done, and has nothing to wait for', async () => {
  const store = await createSqliteStore({ path, clock: createFakeClock() });
  await store.commit(manyTimes.slice(0, 1));
  const first = generationOf(readLog());
  await store.commit(manyTimes);
  await expect.poll(() => generationOf(readLog())).not.toBe(first);
  const second = generationOf(readLog());
  await store.commit([{ op: 'put', collection: 'c', key: 'k', value: 1 }]);
  expect(generationOf(readLog())).toBe(second);
  expect(await store.read('c', 'k')).toBe(1);
  await store.close();
});
