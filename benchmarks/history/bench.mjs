// What the history costs: an hour of one report a second from 1,000 subsystems on disk, queries over it, a year of one
// series. Time is simulated, the store is the real one, the files are real files.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureHour } from './hour.mjs';
import { measureYear } from './year.mjs';

export async function run(options) {
  const option = (name, otherwise) => {
    const index = options.indexOf(`--${name}`);
    return index < 0 ? otherwise : options[index + 1];
  };
  const parts = option('parts', 'hour,year').split(',');
  const subsystems = Number(option('subsystems', 1000));
  const values = option('values', 'mixed');
  console.log(`${cpus()[0]?.model ?? 'cpu'} x ${cpus().length}, Node ${process.version}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-history-'));
  const results = [];
  try {
    if (parts.includes('hour'))
      results.push(...(await measureHour({ file: join(folder, 'hour.db'), subsystems, values })));
    if (parts.includes('year'))
      results.push(
        ...(await measureYear({ file: join(folder, 'year.db'), days: Number(option('days', 365)) })),
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const { what, value, unit, mark } of results) {
    const verdict =
      mark === undefined ? '' : value <= mark ? `  mark ≤ ${mark}: kept` : `  mark ≤ ${mark}: MISSED`;
    console.log(`  ${what.padEnd(62)} ${value.toFixed(2).padStart(9)} ${unit}${verdict}`);
  }
  const missed = results.filter(({ value, mark }) => mark !== undefined && !(value <= mark));
  console.log(missed.length === 0 ? '\nEvery mark is kept.' : `\n${missed.length} mark(s) missed.`);
  if (options.includes('--json')) console.log(JSON.stringify(results, null, 2));
  return missed.length === 0 ? 0 : 1;
}
