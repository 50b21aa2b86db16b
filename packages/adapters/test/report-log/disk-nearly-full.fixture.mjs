// Refuses large writes on a small disk, frees a part of what they need, then all of it; prints what the log said as
// one line of JSON. argv: built entry of the adapters package, a folder on a disk of about 2 MB.
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BATCH_BYTES = 400 * 1024;
const SMALL_BYTES = 300;

const [, , entry, folder] = process.argv;
const { openReportLog } = await import(entry);
const directory = join(folder, 'reports');
const ballast = join(folder, 'ballast');
const log = await openReportLog({ clock: { setTimeout, clearTimeout }, directory });
const codeOf = (call) =>
  call().then(
    () => 'written',
    (error) => error.code,
  );
const append = (bytes) => codeOf(() => log.append(Buffer.alloc(bytes, 'x'), 1));
const told = async () => {
  await log.tryAgain();
  return log.failing?.code ?? 'none';
};

const first = await append(SMALL_BYTES);
let ballastBytes = 0;
for (const kilobytes of [512, 64, 4])
  for (;;) {
    try {
      writeFileSync(ballast, Buffer.alloc(kilobytes * 1024, 'x'), { flag: 'a' });
      ballastBytes += kilobytes * 1024;
    } catch {
      truncateSync(ballast, ballastBytes);
      break;
    }
  }
const whenFull = [await append(BATCH_BYTES), await told()];
truncateSync(ballast, ballastBytes - BATCH_BYTES / 2);
const withRoomForSmallOnes = [
  await told(),
  await append(SMALL_BYTES),
  log.failing?.code,
  await append(BATCH_BYTES),
];
truncateSync(ballast, 0);
const withRoom = [await told(), await append(BATCH_BYTES), log.failing?.code ?? 'none'];
await log.close();
const files = readdirSync(directory).length;
process.stdout.write(JSON.stringify({ first, whenFull, withRoomForSmallOnes, withRoom, files }));
