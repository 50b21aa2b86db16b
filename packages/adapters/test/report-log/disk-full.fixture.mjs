// Fills a small disk, frees some of it and goes on; prints what happened as one line of JSON.
// argv: built entry of the adapters package, a folder on a disk of about 2 MB.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , entry, folder] = process.argv;
const { openReportLog } = await import(entry);
const clock = { setTimeout, clearTimeout };
const directory = join(folder, 'reports');
const log = await openReportLog({ clock, directory, segmentBytes: 256 * 1024 });
const codeOf = (call) =>
  call().then(
    () => 'written',
    (error) => `${error.code} ${error.retryable}`,
  );

writeFileSync(join(folder, 'ballast'), 'x'.repeat(300 * 1024));
let acknowledged = 0;
let whenFull = 'written';
while (whenFull === 'written') {
  whenFull = await codeOf(() => log.append(Buffer.alloc(5000, acknowledged % 256), acknowledged));
  if (whenFull === 'written') acknowledged += 1;
}
const stillFull = await codeOf(() => log.append(Buffer.alloc(5000), -1));
const failing = log.failing?.code;
rmSync(join(folder, 'ballast'));
const withSpace = await codeOf(() => log.append(Buffer.alloc(5000), -2));
await log.tryAgain();
const after = log.failing?.code ?? 'none';
await log.close();
const again = await openReportLog({ clock, directory });
const times = [];
const { damagedBytes, tornBytes } = await again.replay(({ at }) => times.push(at));
await again.close();
const isWhole = times.length === acknowledged + 1 && times.at(-1) === -2;
process.stdout.write(
  JSON.stringify({
    acknowledged,
    whenFull,
    stillFull,
    failing,
    withSpace,
    after,
    isWhole,
    damagedBytes,
    tornBytes,
  }),
);
