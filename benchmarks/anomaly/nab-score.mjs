// The scoring of the Numenta Anomaly Benchmark, standard profile, written from its description.
// Source: Lavin and Ahmad 2015, "Evaluating Real-time Anomaly Detection Algorithms".

const FALSE_ALARM_COST = 0.11;
const PROBATION = 0.15;
/** No series has a longer probation than that of 5,000 rows. */
const LONGEST_PROBATION_OF = 5000;

/**
 * @param {{rows: {timestamp: string}[], scores: number[], windows: [string, string][]}[]} series
 * @returns {{score: number, threshold: number, windows: number, found: number, falseAlarms: number, perSeries: object[]}}
 *   At the one threshold that is best over all series. 0 is what silence gets, 100 is perfect.
 */
export function scoreNab(series) {
  const marked = series.map(markRows);
  const windows = marked.reduce((sum, { windowCount }) => sum + windowCount, 0);
  const threshold = bestThreshold(marked);
  const perSeries = marked.map((one) => outcomeAt(one, threshold));
  const gain = perSeries.reduce((sum, one) => sum + one.gain, 0);
  return {
    score: windows === 0 ? Number.NaN : (100 * gain) / (2 * windows),
    threshold,
    windows,
    found: perSeries.reduce((sum, one) => sum + one.found, 0),
    falseAlarms: perSeries.reduce((sum, one) => sum + one.falseAlarms, 0),
    perSeries,
  };
}

/** What an alarm at each row after probation is worth, and in which window the row lies. */
function markRows({ rows, scores, windows }) {
  const times = rows.map(({ timestamp }) => plainTime(timestamp));
  const firstAt = new Map();
  for (const [index, time] of times.entries()) if (!firstAt.has(time)) firstAt.set(time, index);
  const spans = windows.map(([from, to]) => ({
    from: firstAt.get(plainTime(from)),
    to: firstAt.get(plainTime(to)),
  }));
  const probation = Math.floor(PROBATION * Math.min(rows.length, LONGEST_PROBATION_OF));
  const marks = [];
  let last;
  let next = 0;
  let open;
  for (let index = 0; index < rows.length; index += 1) {
    if (open === undefined && spans[next]?.from === index) open = spans[next++];
    const worth = open ? earliness(index, open) : last ? lateness(index, last) : -1;
    const window = open ? next - 1 : undefined;
    if (index >= probation) marks.push({ score: scores[index], worth, window });
    if (open?.to === index) {
      last = open;
      open = undefined;
    }
  }
  return {
    marks,
    windowCount: new Set(marks.map(({ window }) => window).filter((one) => one !== undefined)).size,
  };
}

const plainTime = (text) => text.replace('T', ' ').replace(/\.0+$/, '').trim();
const sigmoid = (x) => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1);
const earliness = (index, { from, to }) => sigmoid(-(to - index + 1) / (to - from + 1)) / sigmoid(-1);
const lateness = (index, { from, to }) => sigmoid((index - to) / (to - from));

/** Goes through all scores from the highest down, keeping what each alarm adds. */
function bestThreshold(series) {
  const all = series.flatMap(({ marks }, owner) => marks.map((mark) => ({ ...mark, owner })));
  all.sort((a, b) => b.score - a.score);
  const best = new Map();
  let total = 0;
  let found = { total: 0, threshold: 1.1 };
  for (const [index, mark] of all.entries()) {
    total += addedBy(mark, best, `${mark.owner}/${mark.window}`);
    const isLastOfItsScore = all[index + 1]?.score !== mark.score;
    if (isLastOfItsScore && total > found.total) found = { total, threshold: mark.score };
  }
  return found.threshold;
}

/** A window counts once, by its best alarm: from −1 when missed to 1. */
function addedBy({ worth, window }, best, key) {
  if (window === undefined) return FALSE_ALARM_COST * worth;
  const before = best.get(key) ?? -1;
  best.set(key, Math.max(before, worth));
  return Math.max(0, worth - before);
}

function outcomeAt({ marks, windowCount }, threshold) {
  const best = new Map();
  let gain = 0;
  let falseAlarms = 0;
  for (const mark of marks) {
    if (mark.score < threshold) continue;
    if (mark.window === undefined) falseAlarms += 1;
    gain += addedBy(mark, best, mark.window);
  }
  return { gain, windows: windowCount, found: best.size, falseAlarms };
}
