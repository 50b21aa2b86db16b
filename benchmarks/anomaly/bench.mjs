// npm run bench -- anomaly [--data DIR --results DIR]: the product's own anomaly scorer, row by row, over a folder in NAB's layout.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAnomalyScorer } from '@dreamnet/dreamnet-os-core';
import { listSeries, readSeries, readWindows, unpack } from './nab-folder.mjs';
import { scoreNab } from './nab-score.mjs';
import { stateBytes } from './state-bytes.mjs';

const SHARED = resolve(import.meta.dirname, '../../../shared/bench/anomaly-nab');

/** @returns {Promise<number>} The exit code: 2 on wrong usage or without data, 1 when the mark of 66 is missed. */
export async function run(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      data: { type: 'string' },
      results: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const archive = join(SHARED, 'nab-dev.tar.gz');
  if (values.data === undefined && !existsSync(archive)) {
    console.error(`There is no ${archive}. Give a folder in NAB's layout: --data DIR`);
    return 2;
  }
  const folder = values.data ?? unpack(archive);
  try {
    const outcome = scoreFolder(folder, values.results);
    if (values.json) console.log(JSON.stringify(outcome, null, 1));
    else show(outcome, values.results);
    return outcome.nab !== undefined && outcome.nab.score <= 66 ? 1 : 0;
  } finally {
    if (values.data === undefined) rmSync(folder, { recursive: true });
  }
}

function scoreFolder(folder, results) {
  const names = listSeries(folder);
  const windows = readWindows(folder);
  let spentMs = 0;
  let spentCpuMicros = 0;
  let rowCount = 0;
  const series = names.map((name) => {
    const rows = readSeries(folder, name);
    const scorer = createAnomalyScorer();
    const scores = new Array(rows.length);
    const startedAt = performance.now();
    const cpuAtStart = process.cpuUsage();
    for (const [index, { value, at }] of rows.entries()) scores[index] = scorer.next(value, at);
    spentMs += performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuAtStart);
    spentCpuMicros += user + system;
    rowCount += rows.length;
    if (results !== undefined) writeScores(join(results, name), rows, scores);
    return { name, rows, scores, windows: windows?.[name] ?? [] };
  });
  return {
    series: names.length,
    rows: rowCount,
    microsPerRow: (spentMs * 1000) / rowCount,
    cpuMicrosPerRow: spentCpuMicros / rowCount,
    stateBytes: stateBytes(series[0]?.rows ?? []),
    ...(windows && { nab: { ...scoreNab(series), names } }),
  };
}

function writeScores(file, rows, scores) {
  mkdirSync(dirname(file), { recursive: true });
  const lines = rows.map(({ timestamp }, index) => `${timestamp},${scores[index]}`);
  writeFileSync(file, `timestamp,anomaly_score\n${lines.join('\n')}\n`);
}

function show({ series, rows, microsPerRow, cpuMicrosPerRow, stateBytes: bytes, nab }, results) {
  console.log(`${series} series, ${rows} rows, one at a time`);
  if (nab !== undefined) showNab(nab);
  console.log(
    `\n${microsPerRow.toFixed(1)} µs a row (at most 20); ${cpuMicrosPerRow.toFixed(1)} µs of CPU time`,
  );
  console.log(`state of a series: ${bytes.memory} bytes in memory, ${bytes.saved} bytes saved as JSON`);
  if (results !== undefined) console.log(`scores written to ${results}`);
}

function showNab(nab) {
  const width = Math.max(...nab.names.map((name) => name.length));
  console.log(`\n${'series'.padEnd(width)}  windows  found  false alarms`);
  for (const [index, one] of nab.perSeries.entries())
    console.log(
      `${nab.names[index].padEnd(width)}  ${String(one.windows).padStart(7)}  ${String(one.found).padStart(5)}  ${String(one.falseAlarms).padStart(12)}`,
    );
  const { found, windows, falseAlarms, threshold } = nab;
  console.log(
    `\n${found} of ${windows} windows found, ${falseAlarms} false alarms, one threshold for all: ${threshold.toFixed(4)}`,
  );
  const published = join(SHARED, 'reference-dev.json');
  const scores = existsSync(published) ? JSON.parse(readFileSync(published, 'utf8')).scores : {};
  const table = [...Object.entries(scores), ['dreamnet (this run)', nab.score]].sort((a, b) => b[1] - a[1]);
  console.log('\nstandard profile; the published ones are on the given half');
  for (const [name, score] of table) console.log(`  ${name.padEnd(20)} ${score.toFixed(2).padStart(6)}`);
}
