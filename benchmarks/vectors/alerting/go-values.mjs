// The tables are cut from Go sources: `{"$call": "now.Add", "args": [...]}` and their like are made values here.
const UNITS = {
  'time.Millisecond': 1,
  'time.Second': 1000,
  'time.Minute': 60_000,
  'time.Hour': 3_600_000,
  'time.UTC': 'UTC',
  sydney: 'Australia/Sydney',
};

/** Stands for what only running Go would tell. */
export class Unknown {
  constructor(what) {
    this.what = what;
  }
}

/** Go's value as ours: times are epoch ms, durations ms, label sets plain objects, unknown calls `Unknown`. */
export function goValue(node, now = 0) {
  if (Array.isArray(node)) return node.map((one) => goValue(one, now));
  if (typeof node !== 'object' || node === null) return node;
  if ('$id' in node) return node.$id === 'now' ? now : (UNITS[node.$id] ?? new Unknown(node.$id));
  if ('$neg' in node) return -goValue(node.$neg, now);
  if (node.$op === '*') return goValue(node.l, now) * goValue(node.r, now);
  if ('$call' in node) return goCall(node, now);
  if ('v' in node && '$type' in node) return goValue(node.v, now);
  if ('$func' in node) return new Unknown('a function');
  const entries = Object.entries(node).filter(([name]) => name !== '$type');
  return Object.fromEntries(entries.map(([name, value]) => [name, goValue(value, now)]));
}

function goCall({ $call, args = [] }, now) {
  const values = args.map((one) => goValue(one, now));
  if ($call === 'now.Add') return now + values[0];
  if ($call === 'timestamppb.New') return values[0];
  if ($call === 'lset') return values;
  if ($call === 'mustLoadLocation') return values[0];
  if ($call === 'mustNewMatcher') return values;
  if ($call === 'time.Date') return dateOf(values);
  return new Unknown(typeof $call === 'string' ? $call : 'a function');
}

function dateOf([year, month, day, hour, minute, second, , zone]) {
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  return zone === 'UTC' ? utc : utc - offsetOf(zone, utc);
}

function offsetOf(timeZone, at) {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName').value;
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const [, sign, hours, minutes] = match;
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** `02 Jan 06 15:04 +0000`, Go's RFC822Z. */
export function rfc822(text) {
  const [, day, month, year, time, zone] = /^(\d+) (\w+) (\d\d) (\S+) ([+-]\d{4})$/.exec(text);
  return Date.parse(`${month} ${day}, 20${year} ${time}:00 GMT${zone}`);
}

/** A table's variable by its name. */
export function variable(rows, name) {
  const row = rows.find((one) => one.var === name);
  return row && 'value' in row ? row.value : undefined;
}
