import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { judgeTimelines } from '../../../../benchmarks/vectors/alerting/timelines.mjs';
import { readAlertmanagerFile } from '../../src/alertmanager/file/load-file.js';

const bench = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/bench/alerting/${name}`, import.meta.url));

test.for([
  ["Alertmanager's acceptance tests", 'am-acceptance.json', 14],
  ['recordings of a real Alertmanager', 'am-random-dev.json', 40],
] as const)('timelines: %s come out the same on a fake clock', async ([, name, count], ctx) => {
  const file = bench(name);
  if (!existsSync(file)) return ctx.skip('the timelines are not beside this checkout');
  const judged = await judgeTimelines(file, readAlertmanagerFile);
  expect(judged.filter(({ outcome }) => outcome !== 'same')).toEqual([]);
  expect(judged).toHaveLength(count);
});
