import { z } from 'zod';
import { interval } from './primitives.js';

/** What a program that is to wait has time for: a Node agent boots in 60 ms, one that loads a model in seconds. */
const WAITS_WITHIN_MS = 10_000;
const ONE_AT_MOST = 'expected 0 or 1: one spare is kept at most';
const number = z.int(ONE_AT_MOST).min(0, ONE_AT_MOST).max(1, ONE_AT_MOST);

/** Written as a number alone, or with how long it may take to boot. */
export interface SpareEntry {
  count: number;
  waitsWithin: number;
}

/** A process that is booted beside the one that serves and waits for its end. */
export const spare = z
  .union([
    number.transform((count): SpareEntry => ({ count, waitsWithin: WAITS_WITHIN_MS })),
    z.strictObject({
      count: number.default(1),
      waitsWithin: interval.default(WAITS_WITHIN_MS).meta({
        description: 'Longest time until it says that it waits; one that does not is ended',
      }),
    }),
  ])
  .prefault(0)
  .meta({ description: '1: a second process of it is booted and waits, and takes over when the first ends' });
