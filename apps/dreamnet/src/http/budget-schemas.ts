import { z } from 'zod';

const name = z.string().min(1).max(200);
const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

/** Amounts as programs write them: money is a text such as `0.02 USD`, wall time is ms. */
export const spendingSchema = z.strictObject({
  tokens: amount.optional(),
  money: z.string().max(40).optional(),
  calls: amount.optional(),
  wallTime: amount.optional(),
});

/** `POST /api/reservations`. `holdFor`: ms until it counts as spent. */
export const reserveSchema = spendingSchema.extend({
  agent: name.optional(),
  capability: name.optional(),
  holdFor: z.number().min(1000).max(86_400_000).optional(),
});
/** What was spent, and by whom when the token does not say. */
export const settleSchema = spendingSchema.extend({ agent: name.optional() });
export const freezeSchema = z.strictObject({
  name: name.optional(),
  reason: z.string().max(500).optional(),
  /** End whoever could spend, too. */
  stop: z.boolean().optional(),
});
export const releaseSchema = z.strictObject({ name: name.optional() });
