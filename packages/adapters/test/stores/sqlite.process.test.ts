import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteStore } from '../../src/stores/sqlite.js';

const ROUNDS = 6;
const FIXTURE = fileURLToPath(new URL('./sqlite-writer.fixture.mjs', import.meta.url));
/** A child has no alias to the sources: it runs the built package, as `npm test` leaves it. */
const BUILT_ENTRY = new URL('../../dist/index.js', import.meta.url).href;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-kill-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Lets a child write until it has acknowledged `enough` batches, ends it with -9 and gives what it acknowledged. */
async function writeAndKill(
  path: string,
  { first, enough, filling }: { first: number; enough: number; filling: number },
): Promise<number[]> {
  const child = spawn(process.execPath, [FIXTURE, BUILT_ENTRY, path, String(first), String(filling)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > enough) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  return output.split('\n').slice(0, -1).map(Number);
}

/** Kills writers one after the other, and compares what is there with what they had acknowledged. */
async function killWriters(filling: number): Promise<void> {
  const path = join(folder, 'dreamnet.db');
  const acknowledged: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const enough = 20 + round * 37;
    acknowledged.push(...(await writeAndKill(path, { first: round * 100_000, enough, filling })));
    const store = await createSqliteStore({ path, clock: createFakeClock() });
    const parts = new Map<number, number>();
    for (const { value } of await store.scan('batches', { limit: 10_000 })) {
      const { batch } = value as { batch: number };
      parts.set(batch, (parts.get(batch) ?? 0) + 1);
    }
    const log = await store.readJournal('log', { limit: 10_000 });
    await store.close();
    expect(acknowledged.filter((batch) => !parts.has(batch))).toEqual([]);
    expect([...parts.values()].every((count) => count === 2)).toBe(true);
    expect(log.map(({ value }) => value as number).sort((a, b) => a - b)).toEqual(
      [...parts.keys()].sort((a, b) => a - b),
    );
    expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, index) => index + 1));
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 20);
}

test('sqlite: what was acknowledged survives kill -9 of the writer, and no batch is half there', async () => {
  await killWriters(0);
});

test('sqlite: so it does where the log is moved into the file all the time', async () => {
  await killWriters(40_000);
});
