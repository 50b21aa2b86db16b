import { parseSmarthost } from '@dreamnet/adapters';
import { isEmpty, type Reading, refuse, refuseUnsupported, type Spot } from './reading.js';

/** A text as it is written. */
export const text: Reading<string> = (spot) => {
  if (typeof spot.value === 'string') return spot.value;
  return isEmpty(spot) ? '' : refuse(spot, 'expected a text');
};

/** Alertmanager's own templates for a field stand for its own texts: ours take their place. */
const DEFAULT_TEMPLATE =
  /^\s*(\{\{\s*template\s+"(slack|email|pagerduty|__)\w*\.?[\w.]*"\s+\.\s*\}\}|\{\{\s*if eq \.Status "firing"\s*\}\}danger\{\{\s*else\s*\}\}good\{\{\s*end\s*\}\})\s*$/;

/** A text that Alertmanager would expand: one that needs that is refused, because we have no templates. */
export const plainText: Reading<string> = (spot) => {
  const value = text(spot);
  if (value === undefined || !value.includes('{{')) return value;
  if (DEFAULT_TEMPLATE.test(value)) return undefined;
  return refuseUnsupported(
    spot,
    'a template ({{ … }})',
    'leave it out for our own text, or write a fixed one',
  );
};

const TRUE: readonly string[] = ['true', 'True', 'TRUE', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'y', 'Y'];
const FALSE: readonly string[] = ['false', 'False', 'FALSE', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'n', 'N'];

/** YAML 1.1's words count, as they do for Alertmanager. */
export const flag: Reading<boolean> = (spot) => {
  if (isEmpty(spot)) return undefined;
  if (TRUE.includes(String(spot.value))) return true;
  if (FALSE.includes(String(spot.value))) return false;
  return refuse(spot, `expected true or false, found '${shown(spot)}'`);
};

/** A whole number from 0 on. */
export const count: Reading<number> = (spot) => {
  if (isEmpty(spot)) return undefined;
  if (typeof spot.value === 'string' && /^\d{1,15}$/.test(spot.value)) return Number(spot.value);
  return refuse(spot, `expected a whole number, found '${shown(spot)}'`);
};

const UNITS_MS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** The largest units first, each at most once. @source Prometheus, "Time durations" */
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Go counts nanoseconds in 63 bits: about 292 years. */
const LONGEST_DURATION_MS = 9.2e12;

/** Milliseconds of a duration such as `1h30m`; undefined when the text is none. */
export function parsePrometheusDuration(value: string): number | undefined {
  if (value === '0') return 0;
  const match = value === '' ? null : DURATION.exec(value);
  if (!match) return undefined;
  const sum = UNITS_MS.reduce(
    (total, [, unitMs], index) => total + Number(match[index + 1] ?? 0) * unitMs,
    0,
  );
  return sum > LONGEST_DURATION_MS ? undefined : sum;
}

/** A duration in Prometheus' syntax, in ms. */
export const duration: Reading<number> = (spot) => {
  if (isEmpty(spot)) return undefined;
  const parsed = typeof spot.value === 'string' ? parsePrometheusDuration(spot.value) : undefined;
  return parsed ?? refuse(spot, `'${shown(spot)}' is not a duration such as 30s, 5m or 1h30m`);
};

/** An http or https address. It may hold secrets, so it is never repeated. */
export const httpUrl: Reading<string> = (spot) => {
  const value = text(spot) ?? '';
  if (value === '<secret>') return refuse(spot, 'is masked; write the real address');
  if (value.includes('{{')) return plainText(spot);
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return value;
  return refuse(spot, 'is not an http or https address');
};

/** A mail server as `host:port`. */
export const smarthost: Reading<string> = (spot) => {
  const value = text(spot) ?? '';
  if (value === '' || parseSmarthost(value) !== undefined) return value;
  return refuse(spot, `'${shown(spot)}' is not host:port`);
};

/** The value, for a message; cut where it is long. */
export function shown({ value }: Spot): string {
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
