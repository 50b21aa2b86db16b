import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { judgeTables } from '../../../../benchmarks/vectors/alerting/tables.mjs';
import { readAlertmanagerFile } from '../../src/alertmanager/file/load-file.js';

const TABLES = fileURLToPath(new URL('../../../../../shared/bench/alerting/tables', import.meta.url));

test("tables: every case of Alertmanager's own tests that applies comes out as there", async (ctx) => {
  if (!existsSync(TABLES)) return ctx.skip('the tables are not beside this checkout');
  const judged = await judgeTables(TABLES, readAlertmanagerFile);
  const cases = judged.flatMap(({ file, table, cases: all }) => all.map((one) => ({ file, table, ...one })));
  expect(cases.filter(({ outcome }) => outcome === 'differs')).toEqual([]);
  expect(cases.filter(({ outcome }) => outcome === 'same').length).toBeGreaterThan(200);
  for (const { outcome, reason } of cases) if (outcome === 'left-out') expect(reason).not.toBe('');
});
