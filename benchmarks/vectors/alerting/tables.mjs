// Alertmanager's own table tests, asked of our alert delivery.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertTables } from './alert-tables.mjs';
import { leftOut } from './cases.mjs';
import { inhibitionTables } from './inhibition-tables.mjs';
import { matcherTables } from './matcher-tables.mjs';
import { routeTables } from './route-tables.mjs';
import { silenceTables } from './silence-tables.mjs';
import { timeTables } from './time-tables.mjs';

/**
 * Asks every case of every table in the folder.
 *
 * @param folder Holds `*.json` as `shared/bench/alerting/tables` does.
 * @param readFile Reads an Alertmanager file: `(path, text) => {route, timeIntervals, ...}`, throwing coded errors.
 * @returns {Promise<{file: string, table: string, cases: object[]}[]>}
 */
export async function judgeTables(folder, readFile) {
  const adapters = {
    ...{ ...alertTables, ...matcherTables, ...inhibitionTables, ...silenceTables },
    ...{ ...routeTables(readFile), ...timeTables(readFile) },
  };
  const judged = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json')) continue;
    const tables = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    for (const [table, rows] of Object.entries(tables)) {
      const judge = adapters[file]?.[table];
      const cases = judge ? await judge(rows) : [leftOut('all', 'a table that is not known here')];
      judged.push({ file, table, cases });
    }
  }
  return judged;
}
