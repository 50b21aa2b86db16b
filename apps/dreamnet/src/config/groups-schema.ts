import { z } from 'zod';
import { count, name } from './fields.js';
import { duration, interval } from './primitives.js';

const group = z.strictObject({
  strategy: z
    .enum(['one_for_one', 'one_for_all', 'rest_for_one'])
    .default('one_for_one')
    .meta({ description: 'Who is started again when one member ends: it, all, or it and those after it' }),
  members: z
    .array(name)
    .min(1, 'expected at least one member')
    .meta({ description: 'Agents and groups in the order of their start' }),
  intensity: count
    .default(5)
    .meta({ description: 'More restarts than this within the period and the group gives up' }),
  period: duration.default(30_000),
  retryAfter: interval
    .optional()
    .meta({ description: 'From the second try after giving up; doubled each time. Default: the period' }),
});

/** Groups of agents that are restarted together, by name. */
export const groups = z.record(name, group).default({});
