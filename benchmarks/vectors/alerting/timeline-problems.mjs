// Compares what was told in a replay with what a timeline wants: the same two looks as the recording's own runner takes.

/** The last part of a recording may be cut in the middle of a notification. */
const CUT_OFF_S = 0.7;

/** Seconds since the timeline began; undefined for what has no time. */
export function secondOf(at, epoch) {
  return at === null ? undefined : (at - epoch) / 1000;
}

/**
 * @param told Collector → `{at, alerts}` in the order they came; times in seconds of the timeline.
 * @returns {string[]} Wanted notifications that did not come, and others that did.
 */
export function problemsOf(timeline, told) {
  return [...missing(timeline, told), ...unexpected(timeline, told)];
}

function missing({ want, tolerance }, told) {
  return want.flatMap(({ collector, between: [from, to], alerts }) => {
    const within = (told.get(collector) ?? []).filter(({ at }) => at >= from && at <= to);
    const isThere =
      alerts.length === 0 ? within.length === 0 : within.some((one) => isWanted(one, alerts, tolerance));
    const seen = within.map(({ at, alerts: got }) => [at, got.map(brief)]);
    return isThere
      ? []
      : [`${collector} ${from}-${to}: wanted ${alerts.length}, got ${JSON.stringify(seen)}`];
  });
}

function unexpected({ want, until }, told) {
  if (until === undefined) {
    const wanted = want.reduce((sum, { alerts }) => sum + alerts.length, 0);
    const got = [...told.values()].flat().reduce((sum, { alerts }) => sum + alerts.length, 0);
    return wanted === got ? [] : [`alerts told of in total: wanted ${wanted}, got ${got}`];
  }
  return [...told].flatMap(([name, all]) =>
    all
      .filter(({ at }) => at < until - CUT_OFF_S)
      .filter(({ at, alerts }) => !want.some((one) => isWithin(one, { name, at, count: alerts.length })))
      .map(({ at, alerts }) => `unexpected on ${name} at ${at}: ${JSON.stringify(alerts.map(brief))}`),
  );
}

function isWithin({ collector, between: [from, to], alerts }, { name, at, count }) {
  return collector === name && at >= from && at <= to && alerts.length === count;
}

function isWanted({ alerts }, wanted, tolerance) {
  return (
    alerts.length === wanted.length &&
    wanted.every((one) => alerts.some((got) => isAlert(got, one, tolerance)))
  );
}

function isAlert(got, wanted, tolerance) {
  const isClose = (a, b) =>
    (a === undefined) === (b === undefined) && Math.abs((a ?? 0) - (b ?? 0)) <= tolerance;
  // A start that is not after the timeline's own beginning was left to the server.
  const isStart = !(wanted.startsAt > 0) || isClose(wanted.startsAt, got.startsAt);
  return (
    isSameText(wanted.labels, got.labels) &&
    isSameText(wanted.annotations ?? {}, got.annotations) &&
    isStart &&
    isClose(wanted.endsAt > 0 ? wanted.endsAt : undefined, got.endsAt)
  );
}

function isSameText(a, b) {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

function brief({ labels, startsAt, endsAt }) {
  return `${Object.values(labels).join('/')} ${startsAt}-${endsAt ?? ''}`;
}
