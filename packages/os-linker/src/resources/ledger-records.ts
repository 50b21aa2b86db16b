import { BUDGET_MEASURES, BUDGET_PERIODS, type FreezeView, type Store } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { z } from 'zod';
import type { AccountRecord } from './budget-account.js';
import type { LedgerKey } from './ledger-writer.js';

/** Where the ledger is in the store. */
export const LEDGER = {
  accounts: 'budget-accounts',
  holds: 'budget-holds',
  overrides: 'budget-overrides',
  freezes: 'budget-freezes',
  clock: 'budget-clock',
} as const;

const amounts = z.partialRecord(z.enum(BUDGET_MEASURES), z.number().min(0));
const window = z.union([
  z.object({ kind: z.literal('calendar'), per: z.enum(BUDGET_PERIODS), timeZone: z.string() }),
  z.object({ kind: z.literal('rolling'), lengthMs: z.number().positive() }),
]);
const account = z.object({
  window,
  currency: z.string().optional(),
  slots: z.array(z.tuple([z.number(), amounts])),
  largest: amounts,
});
const hold = z.object({
  id: z.string(),
  agent: z.string(),
  capability: z.string().optional(),
  isCall: z.boolean(),
  at: z.number(),
  expiresAt: z.number(),
  charges: z.array(z.object({ budget: z.string(), slot: z.number(), amounts })),
});
const override = z.object({
  limits: amounts,
  currency: z.string().optional(),
  by: z.string(),
  at: z.number(),
});
const freeze = z.object({
  target: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  endsAgents: z.exactOptional(z.boolean()),
});

/** A reservation as it is on disk. `isCall`: it was for a call that ended with the daemon that carried it. */
export type HoldRecord = z.infer<typeof hold>;
/** Limits set by hand. */
export type OverrideRecord = z.infer<typeof override>;

/** All that was written down but freezes. */
export interface LedgerRecords {
  accounts: Map<string, AccountRecord>;
  holds: HoldRecord[];
  overrides: Map<string, OverrideRecord>;
  /** The latest time that was ever written; 0 without any. */
  seenAt: number;
}

/** Names what is on disk of a budget's account. */
export function accountKey(name: string): LedgerKey {
  return { collection: LEDGER.accounts, key: name };
}

/** Names what is on disk of a reservation. */
export function holdKey(id: string): LedgerKey {
  return { collection: LEDGER.holds, key: id };
}

/** Reads the ledger. @throws the store's error, or zod's when a record was changed by somebody else */
export async function readLedger(store: Store): Promise<LedgerRecords> {
  const [accounts, holds, overrides, clock] = await Promise.all([
    readAll(store, LEDGER.accounts, account),
    readAll(store, LEDGER.holds, hold),
    readAll(store, LEDGER.overrides, override),
    store.read(LEDGER.clock, 'seen'),
  ]);
  return {
    accounts,
    holds: [...holds.values()],
    overrides,
    seenAt: z.number().catch(0).parse(clock),
  };
}

/** What is frozen; read apart, for it concerns also those without a budget. @throws as `readLedger` */
export async function readFreezes(store: Store): Promise<FreezeView[]> {
  return [...(await readAll(store, LEDGER.freezes, freeze)).values()];
}

async function readAll<T>(store: Store, collection: string, schema: z.ZodType<T>): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for await (const { key, value } of scanAll(store, collection)) found.set(key, schema.parse(value));
  return found;
}
