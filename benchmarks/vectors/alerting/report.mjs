// Says of each table how many of its cases came out, then which did not, then which do not apply and why.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { judgeTables } from './tables.mjs';

/**
 * @param folder The folder of the tables, or the one above it.
 * @returns {Promise<number>} The exit code.
 */
export async function reportTables(folder) {
  const tables = existsSync(join(folder, 'tables')) ? join(folder, 'tables') : folder;
  const { readAlertmanagerFile } = await import('../../../apps/dreamnet/dist/alertmanager/file/load-file.js');
  const judged = await judgeTables(tables, readAlertmanagerFile);
  for (const one of judged) reportTable(one);
  for (const { file, table, cases } of judged)
    for (const { outcome, name, reason } of cases)
      if (outcome === 'left-out') console.log(`does not apply: ${file} ${table} ${name}: ${reason}`);
  const asked = judged.flatMap(({ cases }) => cases).filter(isAsked);
  console.log(`${asked.filter(isSame).length} of ${asked.length}`);
  return asked.length > 0 && asked.every(isSame) ? 0 : 1;
}

function reportTable({ file, table, cases }) {
  const asked = cases.filter(isAsked);
  if (asked.length === 0) return;
  console.log(`${file} ${table}: ${asked.filter(isSame).length} of ${asked.length}`);
  for (const { outcome, name, expected, actual } of asked)
    if (outcome === 'differs') console.log(`  ${name}: expected ${expected}; got ${actual}`);
}

const isSame = ({ outcome }) => outcome === 'same';
const isAsked = ({ outcome }) => outcome !== 'left-out';
