// Opens a database whose writer was killed, on a disk without any space; prints what it is told as one line of JSON.
// argv: built entry of the adapters package, a folder on a disk of about 2 MB; with a third one it is the writer.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, self, entry, folder, isWriter] = process.argv;
const { createSqliteStore } = await import(entry);
const open = () =>
  createSqliteStore({
    path: join(folder, 'dreamnet.db'),
    clock: { now: () => 1, monotonic: () => performance.now() },
  });

if (isWriter !== undefined) {
  const store = await open();
  await store.commit([{ op: 'put', collection: 'c', key: 'k', value: 'kept' }]);
  process.kill(process.pid, 'SIGKILL');
}

spawnSync(process.execPath, [self, entry, folder, 'writer']);
// As after a restart of the machine: only what was synced is there.
rmSync(join(folder, 'dreamnet.db-shm'), { force: true });
let kilobytes = 0;
const fill = (size) => {
  for (;;) {
    try {
      writeFileSync(join(folder, `ballast${kilobytes}`), 'x'.repeat(size));
      kilobytes += 1;
    } catch (error) {
      rmSync(join(folder, `ballast${kilobytes}`), { force: true });
      return error.code;
    }
  }
};
fill(64 * 1024);
const filling = fill(4096);
let told = 'opened';
try {
  await (await open()).close();
} catch (error) {
  told = `${error.code} ${error.message.includes(join(folder, 'dreamnet.db'))}`;
}
rmSync(join(folder, 'ballast0'));
const again = await open();
const found = await again.read('c', 'k');
await again.close();
process.stdout.write(JSON.stringify({ filling, told, found: found?.value ?? found }));
