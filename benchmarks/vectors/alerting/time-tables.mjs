import { accepts, compare, leftOut } from './cases.mjs';
import { goValue, rfc822, variable } from './go-values.mjs';
import { smallDelivery } from './small-delivery.mjs';

/** @param readFile Reads an Alertmanager file: `(path, text) => {timeIntervals, ...}`. */
export function timeTables(readFile) {
  const read = (text) => readFile('table.yml', fileOf(text)).timeIntervals.table;
  const mutes = (rows) => variable(rows, 'tests').map((one) => muteCase(rows, one, 'muteTimeIntervals'));
  return {
    'timeinterval_timeinterval.json': {
      timeIntervalTestCases: (rows) => variable(rows, 'timeIntervalTestCases').flatMap(intervalCases),
      timeStringTestCases: (rows) =>
        variable(rows, 'timeStringTestCases').map(({ timeString, expectError }) => {
          const text = `- times: [${timeString}]`;
          return compare(timeString, expectError ?? false, !accepts(() => read(text)));
        }),
      yamlUnmarshalTestCases: (rows) =>
        variable(rows, 'yamlUnmarshalTestCases').map((one) => fileCase(read, one)),
      completeTestCases: (rows) =>
        variable(rows, 'completeTestCases').map((one) => {
          const text = one.in.replace('\n---\n', '').trimEnd().replaceAll('\n', '\n  ');
          return fileCase(read, { ...one, in: `- ${text}` });
        }),
      TestIntervener_Mutes: mutes,
    },
    'notify_mute.json': {
      TestTimeMuteStage: mutes,
      TestTimeActiveStage: (rows) =>
        variable(rows, 'tests').map((one) => muteCase(rows, one, 'activeTimeIntervals')),
      TestMuteStage: () => [leftOut('all', 'its muter is a Go function')],
      TestMuteStageWithSilences: silencedStage,
    },
  };
}

function fileOf(intervals) {
  const indented = intervals.replace('\n---\n', '').replaceAll('\n', '\n    ');
  return `route: { receiver: all }\nreceivers: [{ name: all }]\ntime_intervals:\n- name: table\n  time_intervals:\n    ${indented}\n`;
}

function intervalCases({ timeInterval, validTimeStrings, invalidTimeStrings }) {
  const interval = ourInterval(goValue(timeInterval));
  const judge = (expected) => (text) => compare(text, expected, contains([interval], rfc822(text)));
  return [...validTimeStrings.map(judge(true)), ...invalidTimeStrings.map(judge(false))];
}

function fileCase(read, { in: text, expectError = false, contains: inside = [], excludes = [] }) {
  const name = text.trim();
  if (expectError || !accepts(() => read(text)))
    return compare(name, expectError, !accepts(() => read(text)));
  const intervals = read(text);
  const got = [...inside, ...excludes].map((one) => contains(intervals, rfc822(one)));
  return compare(name, [...inside.map(() => true), ...excludes.map(() => false)], got);
}

function contains(intervals, at) {
  return mutedBy({ table: intervals }, at, { muteTimeIntervals: ['table'] }).length > 0;
}

function muteCase(rows, { name, now, mutedBy: wanted }, kind) {
  const named = ['eveningsAndWeekends', 'weekdays'].map((one) => variable(rows, one)).find(Boolean);
  const intervals = Object.fromEntries(
    Object.entries(goValue(named)).map(([key, list]) => [key, list.map(ourInterval)]),
  );
  const got = mutedBy(intervals, goValue(now), { [kind]: Object.keys(intervals) });
  return compare(name, wanted ?? [], got);
}

/** What a group with these intervals says of itself at that time. */
function mutedBy(timeIntervals, at, route) {
  const { delivery } = smallDelivery(at, {
    timeIntervals,
    route: { routes: [{ ...route, matchers: [{ name: 'a', value: 'b', isRegex: false, isEqual: true }] }] },
  });
  delivery.post([{ labels: { a: 'b' } }]);
  return delivery.groups()[0].alerts[0].status.mutedBy;
}

/** An alert without labels is refused before any stage, so the two empty sets stay out of the comparison. */
async function silencedStage(rows) {
  const at = 1_700_000_000_000;
  const { delivery } = smallDelivery(at);
  const matchers = [{ name: 'mute', value: 'me', isRegex: false, isEqual: true }];
  await delivery.silences.set({
    matchers,
    startsAt: at,
    endsAt: at + 60_000,
    createdBy: 'table',
    comment: '',
  });
  const filled = (sets) => goValue(sets).filter((labels) => Object.keys(labels).length > 0);
  const told = filled(variable(rows, 'in')).filter((labels) => {
    delivery.post([{ labels }]);
    const found = delivery.alerts().find((one) => JSON.stringify(one.labels) === JSON.stringify(labels));
    return found.status.silencedBy.length === 0;
  });
  return [compare('silenced ones are not told of', filled(variable(rows, 'out')), told)];
}

function ourInterval({ Times, Weekdays, DaysOfMonth, Months, Years, Location }) {
  const location = Array.isArray(Location) ? Location[0] : Location?.Location;
  return {
    ...(Times && {
      times: Times.map(({ StartMinute, EndMinute }) => ({ start: StartMinute, end: EndMinute })),
    }),
    ...(Weekdays && { weekdays: Weekdays.map(ourRange) }),
    ...(DaysOfMonth && { daysOfMonth: DaysOfMonth.map(ourRange) }),
    ...(Months && { months: Months.map(ourRange) }),
    ...(Years && { years: Years.map(ourRange) }),
    ...(location && { location }),
  };
}

function ourRange(range) {
  const { Begin, End } = Array.isArray(range) ? range[0] : range.InclusiveRange;
  return { begin: Begin, end: End };
}
