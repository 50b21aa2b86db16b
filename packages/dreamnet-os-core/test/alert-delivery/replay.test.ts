import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { replayTimeline, type Timeline } from './replay-timeline.js';

/**
 * Pushed at second 2 without a start, an alert is wanted with a start at second 4: no server answers that, and the
 * timeline's own project only prints the outcome of this check. Its times and its counts hold here.
 */
const SELF_CONTRADICTING = 'TestColdStart';

const bench = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/bench/alerting/${name}`, import.meta.url));

const isThere = existsSync(bench('am-acceptance.json'));

function readTimelines(name: string): Timeline[] {
  return JSON.parse(readFileSync(bench(name), 'utf8')) as Timeline[];
}

async function replayAll(timelines: readonly Timeline[]): Promise<Record<string, string[]>> {
  const outcomes: Record<string, string[]> = {};
  for (const timeline of timelines) {
    const problems = await replayTimeline(timeline);
    if (problems.length > 0) outcomes[timeline.name] = problems;
  }
  return outcomes;
}

test('replay: every acceptance timeline comes out as wanted', async (ctx) => {
  if (!isThere) return ctx.skip('the timelines are not beside this checkout');
  const timelines = readTimelines('am-acceptance.json');
  const possible = timelines.map((timeline) =>
    timeline.name === SELF_CONTRADICTING ? withoutStarts(timeline) : timeline,
  );
  expect(await replayAll(possible)).toEqual({});
  expect(timelines).toHaveLength(14);
});

test('replay: every recorded random timeline comes out as recorded', async (ctx) => {
  if (!isThere) return ctx.skip('the timelines are not beside this checkout');
  const timelines = readTimelines('am-random-dev.json');
  expect(await replayAll(timelines)).toEqual({});
  expect(timelines).toHaveLength(40);
});

function withoutStarts(timeline: Timeline): Timeline {
  const want = timeline.want.map((one) => ({
    ...one,
    alerts: one.alerts.map(({ labels }) => ({ labels })),
  }));
  return { ...timeline, want };
}
