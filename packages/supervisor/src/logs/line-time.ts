/** A number of seconds, ms, µs or ns since 1970 is told by its size: each lies in the years 2001 to 2286. */
const UNITS: readonly (readonly [leastValue: number, perMs: number])[] = [
  [1e18, 1e6],
  [1e15, 1e3],
  [1e12, 1],
  [1e9, 1e-3],
];

/** ISO 8601 and its cousins: a blank for the T, a comma before the fraction (Python), slashes (Go, nginx). */
const STAMP =
  /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?(?![\d:])/;

/** A time and how many characters of the text it takes. */
export interface ReadStamp {
  readonly at: number;
  readonly length: number;
}

/** A time at the beginning of a text. Without a zone it is the machine's own. */
export function readStamp(text: string): ReadStamp | undefined {
  const match = STAMP.exec(text);
  if (!match) return undefined;
  const [whole, year, month, day, hour, minute, second, fraction = '', zone] = match;
  const exact = `${year}-${month}-${day}T${hour}:${minute}:${second}.${`${fraction}000`.slice(0, 3)}`;
  const at = Date.parse(zone === undefined ? exact : `${exact}${zoneText(zone)}`);
  return Number.isNaN(at) ? undefined : { at, length: whole.length };
}

/** A time as the field of a structured line gives it: text, or a number since 1970 in whatever unit. */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return /^\d+(\.\d+)?$/.test(text) ? ofNumber(Number(text)) : readStamp(text)?.at;
}

function ofNumber(value: number): number | undefined {
  const unit = UNITS.find(([least]) => value >= least);
  return unit && Math.round(value / unit[1]);
}

function zoneText(zone: string): string {
  return zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
