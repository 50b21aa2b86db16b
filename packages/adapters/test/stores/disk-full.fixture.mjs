// Fills a small disk, frees some of it and goes on; prints what happened as one line of JSON.
// argv: built entry of the adapters package, a folder on a disk of about 2 MB.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , entry, folder] = process.argv;
const { createSqliteStore } = await import(entry);
const open = () =>
  createSqliteStore({
    path: join(folder, 'dreamnet.db'),
    clock: { now: () => 1, monotonic: () => performance.now() },
  });
const put = (key) => ({ op: 'put', collection: 'c', key, value: 'x'.repeat(5000) });
const codeOf = async (call) => {
  try {
    await call();
    return 'written';
  } catch (error) {
    return `${error.code} ${error.retryable}`;
  }
};

const store = await open();
writeFileSync(join(folder, 'ballast'), 'x'.repeat(300 * 1024));
let acknowledged = 0;
let whenFull = 'written';
while (whenFull === 'written') {
  whenFull = await codeOf(() => store.commit([put(`k${acknowledged}`)]));
  if (whenFull === 'written') acknowledged += 1;
}
const stillFull = await codeOf(() => store.commit([put('still-full')]));
rmSync(join(folder, 'ballast'));
const withSpace = await codeOf(() => store.commit([put('after')]));
const closing = await codeOf(() => store.close());
const again = await open();
const found = (await again.scan('c', { limit: 10_000 })).length;
await again.close();
process.stdout.write(JSON.stringify({ acknowledged, whenFull, stillFull, withSpace, closing, found }));
