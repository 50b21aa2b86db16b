import { BUDGET_MEASURES, BUDGET_PERIODS } from '@dreamnet/contracts';
import { isTimeZone, parseMoney } from '@dreamnet/os-linker';
import { z } from 'zod';
import { capability, name } from './fields.js';
import { durationWithin, written } from './primitives.js';
import { parseCount } from './quantities.js';

/** A window longer than ten years is a slip. */
const LONGEST_WINDOW_MS = 3650 * 86_400_000;
/** Below this a window is shorter than a call. */
const SHORTEST_WINDOW_MS = 1000;

const tokens = written(
  z.union([z.int().min(0), z.string()]),
  (given) => (typeof given === 'number' ? given : parseCount(given)),
  'expected a whole number, or one such as 250k or 1M',
).meta({ description: 'A number: 5000, 250k, 1.5M' });

const money = written(z.string(), parseMoney, 'expected an amount and a currency, such as 5 USD').meta({
  description: 'Money: 5 USD, 0.02 EUR',
});

const span = written(
  z.string(),
  (text) => durationWithin(text, SHORTEST_WINDOW_MS, LONGEST_WINDOW_MS),
  'expected a duration such as 30m, 24h or 7d',
).meta({ description: 'A duration: 30m, 24h, 7d' });

const amounts = {
  tokens: tokens.optional(),
  money: money.optional(),
  calls: z.int().min(0).optional(),
  wallTime: span.optional(),
};

const terms = {
  ...amounts,
  per: z
    .enum(BUDGET_PERIODS)
    .meta({ description: 'A new window begins with each of these of the calendar; ever: only by hand' })
    .optional(),
  rolling: span.meta({ description: 'Instead of per: what was spent counts for so long' }).optional(),
  timeZone: z
    .string()
    .refine(isTimeZone, 'expected the name of a time zone, such as Europe/Berlin')
    .default('UTC')
    .meta({ description: 'Whose calendar per means' }),
  reserve: z
    .strictObject(amounts)
    .default({})
    .meta({ description: 'The least that one call reserves, and what it reserves when nobody knows more' }),
  meter: z.enum(['calls', 'agent', 'reports']).default('calls').meta({
    description: 'Who tells what was spent: calls through the daemon, the agent itself, or telemetry',
  }),
  tokenPrice: money
    .optional()
    .meta({ description: 'Of a million tokens; then money is counted by tokens when nobody tells it' }),
};

type Terms = z.output<z.ZodObject<typeof terms>>;

/** What is wrong with a budget beyond its single values, and at which key. */
function problemOf(given: Terms): { key: string; message: string } | undefined {
  const { money: limit, reserve, tokenPrice } = given;
  if (!BUDGET_MEASURES.some((measure) => given[measure] !== undefined))
    return { key: '', message: `expected a limit: ${BUDGET_MEASURES.join(', ')}` };
  if ((given.per === undefined) === (given.rolling === undefined))
    return { key: '', message: 'expected either per (such as day) or rolling (such as 24h)' };
  for (const measure of BUDGET_MEASURES)
    if (reserve[measure] !== undefined && given[measure] === undefined)
      return { key: 'reserve', message: `reserves ${measure}, which this budget does not limit` };
  for (const [key, other] of [
    ['reserve', reserve.money],
    ['tokenPrice', tokenPrice],
  ] as const)
    if (other && other.currency !== limit?.currency)
      return { key, message: limit ? `expected ${limit.currency}, as in money` : 'needs money as a limit' };
  return undefined;
}

function checked<T extends typeof terms>(shape: T) {
  return z.strictObject(shape).superRefine((given, context) => {
    const problem = problemOf(given as unknown as Terms);
    if (problem)
      context.addIssue({
        code: 'custom',
        message: problem.message,
        path: problem.key === '' ? [] : [problem.key],
      });
  });
}

/** `resources.budget` of an agent. */
export const agentBudget = checked(terms);

/** An entry of `budgets`. */
export const sharedBudget = checked({
  ...terms,
  agents: z.array(name).min(1).optional().meta({ description: 'Whose spending counts; left out: of all' }),
  capability: capability
    .meta({ description: 'Only spending for this capability and those below it' })
    .optional(),
});

/** A budget as it was read. */
export type BudgetEntry = z.output<typeof sharedBudget>;
