import { z } from 'zod';
import { count, name } from './fields.js';
import { duration, interval, positive } from './primitives.js';

/** What an endpoint, a command or a variable holds where each process is to have a port of its own. */
export const PORT_PLACEHOLDER = '{port}';
/** More processes of one agent on one machine are a slip. */
const MOST_REPLICAS = 1000;

/** An http or https address; `{port}` stands for the port the daemon gives each process. */
export const endpoint = z.string().refine((text) => {
  const filled = text.replace(`:${PORT_PLACEHOLDER}`, ':1');
  return URL.canParse(filled) && /^https?:$/.test(new URL(filled).protocol) && new URL(filled).port !== '0';
}, 'expected an http:// or https:// address with a real port, or {port} for one of its own');

/** How many processes an agent has, when the number is fixed. */
export const replicas = count
  .max(MOST_REPLICAS)
  .meta({ description: 'So many processes of it; calls go to all of them' });

/** How the number of processes follows a metric. */
export const scale = z
  .strictObject({
    min: count.default(1).meta({ description: '0: none while nothing is asked; the first call starts one' }),
    max: positive.max(MOST_REPLICAS),
    metric: z.string().min(1).max(500).default('inflight').meta({
      description:
        'cpu (cores), inflight (calls), queue (calls that wait), demand (both), or a metric that is reported',
    }),
    of: name
      .optional()
      .meta({ description: 'Whose metric it is, when its replicas do not report it: they share the number' }),
    target: z.number().positive().meta({ description: 'What the metric should be at one replica' }),
    tolerance: z.number().min(0).max(1).default(0.1),
    every: interval.default(5000),
    up: z.strictObject({ window: duration.default(0) }).prefault({}),
    down: z.strictObject({ window: duration.default(300_000) }).prefault({}),
    hold: z
      .strictObject({ calls: positive.max(100_000).default(100), for: interval.default(30_000) })
      .prefault({})
      .meta({ description: 'Calls held while the first replica starts, and for how long' }),
  })
  .refine(({ min, max }) => min <= max, 'expected min to be at most max');

/** How many calls one process is given at once. */
export const maxInFlight = positive
  .max(1_000_000)
  .meta({ description: 'Calls each of its processes works on at once; more of them wait' });

/** What becomes of calls when every process works on as many as it may. */
export const queue = z
  .strictObject({ calls: count.max(1_000_000).default(100), for: interval.default(30_000) })
  .prefault({})
  .meta({ description: 'Calls that wait when maxInFlight is reached, and how long' });

/** How its processes are replaced by new ones while it serves. */
export const rolling = z
  .strictObject({
    maxUnavailable: z
      .union([z.literal(0), z.literal(1)])
      .default(0)
      .meta({ description: '0: a new one serves before an old one ends; 1: one at a time in its place' }),
    readyWithin: interval.default(60_000),
    drainWithin: duration.default(30_000),
  })
  .prefault({});
