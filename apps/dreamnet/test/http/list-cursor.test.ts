import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import {
  type ListPart,
  type ListPlace,
  partOf,
  readCursor,
  writeCursor,
} from '../../src/http/list-cursor.js';

const asked = (after: string) => ({ query: { after } }) as unknown as FastifyRequest;
const placeOf = (one: { at: number; id: string }) => one;

test('pages of a list: read while new lines come at each page, each of the first ones is there once', () => {
  const list = Array.from({ length: 95 }, (_, n) => ({
    at: 1000 + Math.floor(n / 4),
    id: `x-${(n * 37) % 95}`,
  }));
  const before = partOf(list, placeOf, { after: undefined, limit: undefined }).shown;
  const seen: unknown[] = [];
  let next: string | null = null;
  do {
    const after: ListPlace | undefined = next === null ? undefined : readCursor(asked(next), 0)?.place;
    const part: ListPart<ListPlace> = partOf(list, placeOf, { after, limit: 10 });
    seen.push(...part.shown);
    next = part.next;
    list.unshift({ at: 5000 + seen.length, id: `new-${seen.length}` });
    // What stood last is gone: the next page goes on from where it was.
    list.splice(list.indexOf(part.shown.at(-1) as never), 1);
  } while (next !== null);
  expect(seen).toEqual(before);
});

test('pages of a list: what is no cursor of such a list is refused with its place', () => {
  expect(readCursor({ query: {} } as FastifyRequest, 0)).toBeUndefined();
  expect(readCursor(asked(writeCursor('warning', 5, 'alert-a1')), 1)).toEqual({
    words: ['warning'],
    place: { at: 5, id: 'alert-a1' },
  });
  for (const text of ['', '5', '5.', '.x', 'x.5', '-5.x', '5.x.y', `${'9'.repeat(20)}.x`, `5.${'\u0000'}.z`])
    expect(() => readCursor(asked(text), 0)).toThrow('after');
});
