// npm run vectors -- KIND FILE: replays recorded behaviour of other systems through the product's own logic.
// Prints each difference and ends with `N of M`; exit 1 when they differ or the file is malformed, 2 on wrong usage.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SHARED = new URL('../../shared/bench/', import.meta.url);

/** Kind → what replays a file. It answers, for each case, {scenario, mismatch: {step, expected, actual} | null}. */
const REPLAYS = {
  supervision: {
    load: async () => {
      const { replayScenario } = await import('@dreamnet/supervisor');
      return (file) => replayLines(readFileSync(file, 'utf8'), replayScenario);
    },
  },
  openmetrics: {
    file: fileURLToPath(new URL('protocol/openmetrics-parsers.tar.gz', SHARED)),
    load: async () => {
      const { parseOpenMetrics } = await import('@dreamnet/protocols');
      const { readOpenMetricsCases, replayOpenMetrics } = await import('./vectors/openmetrics.mjs');
      return (file) => readOpenMetricsCases(file).map((one) => replayOpenMetrics(one, parseOpenMetrics));
    },
  },
  alerting: {
    file: fileURLToPath(new URL('alerting', SHARED)),
    // Tables of many kinds, some of which do not apply, and timelines: they have a report of their own.
    load: async () => (await import('./vectors/alerting/report.mjs')).reportAlerting,
  },
};

process.exitCode = await main(process.argv.slice(2));

async function main([kind, given]) {
  const entry = Object.hasOwn(REPLAYS, kind ?? '') ? REPLAYS[kind] : undefined;
  const file = given ?? entry?.file;
  if (!entry || !file) {
    console.error(`usage: npm run vectors -- KIND FILE   (kinds: ${Object.keys(REPLAYS).join(', ')})`);
    return 2;
  }
  const replay = await entry.load();
  try {
    const outcome = await replay(file);
    return Array.isArray(outcome) ? report(outcome) : outcome;
  } catch (error) {
    // A malformed line is a coded error with its number; a file that cannot be read says so itself.
    console.error(error.code?.startsWith('DN_') ? `${error.code}: ${error.message}` : error.message);
    return 1;
  }
}

function replayLines(text, replay) {
  const lines = text.split('\n').map((line, at) => [line, at + 1]);
  return lines.filter(([line]) => line.trim() !== '').map(([line, number]) => replay(line, number));
}

function report(outcomes) {
  const different = outcomes.filter(({ mismatch }) => mismatch);
  for (const { scenario, mismatch } of different) {
    const { step, expected, actual } = mismatch;
    console.log(`scenario ${scenario}, step ${step}: expected ${expected}; got ${actual}`);
  }
  console.log(`${outcomes.length - different.length} of ${outcomes.length}`);
  return different.length === 0 && outcomes.length > 0 ? 0 : 1;
}
