// Health: what a report costs in-process (engine) and over the wire (wire), and what a subsystem weighs.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';

const PARTS = { engine: './engine.mjs', wire: './wire.mjs' };

export async function run(options) {
  const at = options.indexOf('--parts');
  const wanted = (at < 0 ? Object.keys(PARTS).join() : (options[at + 1] ?? '')).split(',');
  console.log(`${cpus()[0]?.model ?? 'cpu'} x ${cpus().length}, Node ${process.version}`);
  const results = [];
  for (const name of wanted) {
    const file = PARTS[name];
    if (file === undefined)
      throw new Error(`there is no part '${name}'; there are ${Object.keys(PARTS).join()}`);
    if (!existsSync(new URL(file, import.meta.url))) console.log(`\n${name}: not in this version`);
    else results.push(...(await (await import(file)).measure(options)));
  }
  const missed = results.filter(({ isKept }) => isKept === false);
  console.log(missed.length === 0 ? '\nEvery mark is kept.' : `\n${missed.length} mark(s) missed.`);
  if (options.includes('--json')) console.log(JSON.stringify(results, null, 2));
  return missed.length === 0 ? 0 : 1;
}
