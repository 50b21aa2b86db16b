// Takes the lock of a folder, says what came of it, and holds it until its standard input ends.
// argv: built entry of the adapters package, the state directory.
import { once } from 'node:events';

const [, , entry, directory] = process.argv;
const { acquireStateLock } = await import(entry);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const outcome = await acquireStateLock(directory).then(
  () => 'held',
  (error) => error.code,
);
process.stdout.write(`${outcome}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
