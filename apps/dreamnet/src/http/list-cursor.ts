import type { FastifyRequest } from 'fastify';
import { programError } from '../errors.js';
import { queryValue } from './request-values.js';

/** Where one line of a list stands: when it began, and its id among those of the same moment. */
export interface ListPlace {
  at: number;
  id: string;
}

/** Lines of a list, newest first, and where the next ones begin. */
export interface ListPart<T> {
  shown: readonly T[];
  /** What `after` takes; null when there are no more. */
  next: string | null;
}

/** What stands between two words of a cursor; no id holds it. */
const BETWEEN = '.';

/** A cursor: words that say after what a list goes on. Whoever pages hands it back as it is. */
export function writeCursor(...words: readonly (string | number)[]): string {
  return words.join(BETWEEN);
}

/**
 * The place a list goes on after, and the words before it.
 *
 * @returns undefined when the request names none.
 * @throws DN_API_BAD_INPUT for what is no cursor of such a list
 */
export function readCursor(
  request: FastifyRequest,
  words: number,
): { words: readonly string[]; place: ListPlace } | undefined {
  const text = queryValue(request, 'after');
  if (text === undefined) return undefined;
  const parts = text.split(BETWEEN);
  const [at = '', id = ''] = parts.slice(words);
  if (parts.length !== words + 2 || !/^\d{1,15}$/.test(at) || id === '')
    throw programError('DN_API_BAD_INPUT', {
      where: 'after',
      why: `'${text.slice(0, 80)}' is not what such a list gave as next`,
    });
  return { words: parts.slice(0, words), place: { at: Number(at), id } };
}

/** A part of a list, newest first, of those after the cursor: none twice and none passed over, whatever comes meanwhile. */
export function partOf<T>(
  list: readonly T[],
  placeOf: (one: T) => ListPlace,
  { after, limit = Number.POSITIVE_INFINITY }: { after: ListPlace | undefined; limit: number | undefined },
): ListPart<T> {
  const found = list
    .map((one) => ({ one, place: placeOf(one) }))
    .filter(({ place }) => after === undefined || comesBefore(after, place))
    .sort((a, b) => (comesBefore(a.place, b.place) ? -1 : 1));
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1)?.place : undefined;
  return { shown: shown.map(({ one }) => one), next: last ? writeCursor(last.at, last.id) : null };
}

function comesBefore(a: ListPlace, b: ListPlace): boolean {
  return a.at === b.at ? a.id > b.id : a.at > b.at;
}
