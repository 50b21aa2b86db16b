// What one scorer keeps: measured on many of them, and as it is saved.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAnomalyScorer } from '@dreamnet/dreamnet-os-core';

const SCORERS = 500;
const ROWS = 400;

/** @returns {{memory: number, saved: number}} Bytes a scorer. */
export function stateBytes(rows) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const used = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const scorers = Array.from({ length: SCORERS }, () => fed(rows));
  const memory = Math.round((used() - before) / SCORERS);
  return { memory, saved: JSON.stringify(scorers[0].save()).length };
}

function fed(rows) {
  const scorer = createAnomalyScorer();
  for (const { value, at } of rows.slice(0, ROWS)) scorer.next(value, at);
  return scorer;
}
