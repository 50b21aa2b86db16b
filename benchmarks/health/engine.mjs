// The engine in-process: each size of fleet in a process of its own, the median of --repeats runs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./engine-run.mjs', import.meta.url));
const SMALL = 1000;
const LARGE = 100_000;

/** @returns {Promise<{part: string, what: string, value: number, mark?: string, isKept?: boolean}[]>} */
export async function measure(options) {
  const at = options.indexOf('--repeats');
  const repeats = at < 0 ? 3 : Number(options[at + 1]);
  const runs = { [SMALL]: [], [LARGE]: [] };
  for (let round = 0; round < repeats; round += 1)
    for (const size of [SMALL, LARGE]) runs[size].push(runOnce(size));
  const of = (size, read) => median(runs[size].map(read));
  const results = [];
  const add = (what, value, unit, mark) => {
    const kept = mark && (mark.most === undefined ? value >= mark.least : value <= mark.most);
    const limit = mark && (mark.most === undefined ? `≥ ${show(mark.least)}` : `≤ ${show(mark.most)}`);
    const words = mark ? `mark ${limit}: ${kept ? 'kept' : 'MISSED'}` : '';
    console.log(`  ${what.padEnd(58)} ${show(value).padStart(11)} ${unit.padEnd(4)} ${words}`);
    results.push({ part: 'engine', what, value, unit, ...(mark && { mark: limit, isKept: kept }) });
  };
  console.log(`\nengine, in-process: started core, reports with a number each, median of ${repeats} runs`);
  const large = of(LARGE, (run) => run.turn);
  const small = of(SMALL, (run) => run.turn);
  add('reports, 1,000 subsystems in turn', small, '/s');
  add('reports, 100,000 subsystems in turn', large, '/s', { least: 1_000_000 });
  add('1,000 against 100,000, in turn', small / large, '×', { most: 1.3 });
  add(
    'reports, 100,000 subsystems in any order',
    of(LARGE, (run) => run.random),
    '/s',
  );
  add(
    '  a bare Map of 100,000 names, in any order',
    of(LARGE, (run) => run.randomLookup),
    '/s',
  );
  add('  share of it', of(LARGE, (run) => run.random / run.randomLookup) * 100, '%');
  add(
    '  a bare Map of 100,000 names, in turn',
    of(LARGE, (run) => run.lookup),
    '/s',
  );
  add(
    'reports with 4 metrics, 100,000 subsystems in turn',
    of(LARGE, (run) => run.metrics),
    '/s',
  );
  add(
    'snapshot after one change among 100,000',
    of(LARGE, (run) => run.snapshotMs.median),
    'ms',
    { most: 1 },
  );
  add(
    '  the worst of 50',
    of(LARGE, (run) => run.snapshotMs.worst),
    'ms',
  );
  add(
    'a quiet subsystem that reported once, of 100,000',
    of(LARGE, (run) => run.quietBytes),
    'B',
    { most: 1024 },
  );
  add(
    'one that reports all the time',
    of(LARGE, (run) => run.beatingBytes),
    'B',
    { most: 1024 },
  );
  add(
    'one that never reported',
    of(LARGE, (run) => run.watchedBytes),
    'B',
  );
  return results;
}

function runOnce(size) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', PROGRAM, String(size)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the run of ${size} subsystems failed: ${stderr}`);
  return JSON.parse(stdout);
}

function show(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function median(values) {
  return values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
