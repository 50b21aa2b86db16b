// Recorded timelines of alerts, played on a fake clock through our alert delivery.
import { readFileSync } from 'node:fs';
import { compare } from './cases.mjs';
import { replayTimeline } from './replay-timeline.mjs';

/**
 * Timelines of which only times and counts hold. Pushed at second 2 without a start, an alert is wanted with a start at
 * second 4: no server can answer that, and the timeline's own project only prints the outcome of this check.
 */
const WITHOUT_STARTS = ['TestColdStart'];

/**
 * Plays every timeline of a file such as `am-acceptance.json`.
 *
 * @returns {Promise<object[]>} One case per timeline, as the tables have them.
 */
export async function judgeTimelines(file, readFile) {
  const judged = [];
  for (const timeline of JSON.parse(readFileSync(file, 'utf8')))
    judged.push(compare(timeline.name, [], await replayTimeline(answerable(timeline), readFile)));
  return judged;
}

function answerable(timeline) {
  if (!WITHOUT_STARTS.includes(timeline.name)) return timeline;
  const labelsOnly = ({ alerts, ...one }) => ({ ...one, alerts: alerts.map(({ labels }) => ({ labels })) });
  return { ...timeline, want: timeline.want.map(labelsOnly) };
}
