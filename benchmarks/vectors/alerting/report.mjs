// Says of each table and each file of timelines how many of its cases came out, then which did not, then which do not
// apply and why.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { judgeTables } from './tables.mjs';
import { judgeTimelines } from './timelines.mjs';

/**
 * @param given A folder with tables, with timelines, or with both (`tables/` and `*.json`); or a file of timelines.
 * @returns {Promise<number>} The exit code.
 */
export async function reportAlerting(given) {
  const { readAlertmanagerFile } = await import('../../../apps/dreamnet/dist/alertmanager/file/load-file.js');
  const judged = [];
  const { tables, timelines } = sourcesOf(given);
  if (tables) judged.push(...(await judgeTables(tables, readAlertmanagerFile)));
  for (const file of timelines) {
    const cases = await judgeTimelines(file, readAlertmanagerFile);
    judged.push({ file: basename(file), table: 'timelines', cases });
  }
  for (const one of judged) reportCases(one);
  for (const { file, table, cases } of judged)
    for (const { outcome, name, reason } of cases)
      if (outcome === 'left-out') console.log(`does not apply: ${file} ${table} ${name}: ${reason}`);
  const asked = judged.flatMap(({ cases }) => cases).filter(isAsked);
  console.log(`${asked.filter(isSame).length} of ${asked.length}`);
  return asked.length > 0 && asked.every(isSame) ? 0 : 1;
}

/** A folder of tables has their names in it; what else is JSON beside `tables/` is timelines. */
function sourcesOf(given) {
  if (!statSync(given).isDirectory()) return { timelines: [given] };
  const files = readdirSync(given).filter((name) => name.endsWith('.json'));
  const isTables = !existsSync(join(given, 'tables')) && files.some((name) => name.includes('_'));
  if (isTables) return { tables: given, timelines: [] };
  const tables = join(given, 'tables');
  const timelines = files.sort().map((name) => join(given, name));
  return existsSync(tables) ? { tables, timelines } : { timelines };
}

function reportCases({ file, table, cases }) {
  const asked = cases.filter(isAsked);
  if (asked.length === 0) return;
  console.log(`${file} ${table}: ${asked.filter(isSame).length} of ${asked.length}`);
  for (const { outcome, name, expected, actual } of asked)
    if (outcome === 'differs') console.log(`  ${name}: expected ${expected}; got ${actual}`);
}

const isSame = ({ outcome }) => outcome === 'same';
const isAsked = ({ outcome }) => outcome !== 'left-out';
