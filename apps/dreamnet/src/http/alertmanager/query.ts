import type { LabelMatcher } from '@dreamnet/contracts';
import { type AlertQuery, compileRegex, parseMatchers } from '@dreamnet/dreamnet-os-core/alert-delivery';
import { DreamnetError } from '@dreamnet/kit';
import { type Refusal, refusal } from './refusal.js';

/** A query string as the server gives it: a value that is there several times is a list. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export type ReadQuery<T> =
  | { readonly ok: true; readonly query: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** `filter=…`, as often as there are matchers. */
export function readFilter(raw: RawQuery): ReadQuery<readonly LabelMatcher[]> {
  try {
    return { ok: true, query: valuesOf(raw, 'filter').flatMap((text) => parseMatchers(text)) };
  } catch (thrown) {
    return { ok: false, refusal: refusal(400, `bad matcher format: ${DreamnetError.from(thrown).message}`) };
  }
}

/** The parameters of the alert listings. @source Alertmanager API v2, GET /alerts and /alerts/groups */
export function readAlertQuery(raw: RawQuery): ReadQuery<AlertQuery> {
  const filter = readFilter(raw);
  if (!filter.ok) return filter;
  const receiver = readReceiver(valuesOf(raw, 'receiver')[0]);
  if (receiver && !receiver.ok) return receiver;
  return {
    ok: true,
    query: {
      ...(filter.query.length > 0 && { matchers: filter.query }),
      ...(receiver && { receiver: receiver.query }),
      isActive: flagOf(raw, 'active'),
      isSilenced: flagOf(raw, 'silenced'),
      isInhibited: flagOf(raw, 'inhibited'),
      isUnprocessed: flagOf(raw, 'unprocessed'),
      isMuted: flagOf(raw, 'muted'),
    },
  };
}

/** Read and run as a matcher's expression is: a JavaScript one could be made to go on for ever. */
function readReceiver(text: string | undefined): ReadQuery<NonNullable<AlertQuery['receiver']>> | undefined {
  if (text === undefined || text === '') return undefined;
  const compiled = compileRegex(text);
  if (!compiled.ok)
    return { ok: false, refusal: refusal(400, `failed to parse receiver param: ${compiled.problem}`) };
  // Many alerts go to few receivers, and the longest search allowed takes long for each of many alerts.
  const known = new Map<string, boolean>();
  const test = (name: string): boolean => {
    const isWanted = known.get(name) ?? compiled.test(name) === true;
    known.set(name, isWanted);
    return isWanted;
  };
  return { ok: true, query: { test } };
}

function valuesOf(raw: RawQuery, name: string): readonly string[] {
  const value = raw[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

const TRUE: readonly string[] = [
  '',
  'true',
  '1',
  'yes',
  'ok',
  'y',
  'on',
  'selected',
  'checked',
  't',
  'enabled',
];

/** Left out means true; every word but these means false. @source go-openapi/swag, ConvertBool */
function flagOf(raw: RawQuery, name: string): boolean {
  const value = valuesOf(raw, name)[0];
  return value === undefined || TRUE.includes(value.toLowerCase());
}
