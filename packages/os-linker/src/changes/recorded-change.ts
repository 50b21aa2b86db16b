import { z } from 'zod';

/** What can be changed by somebody, as opposed to what happens to a process. */
const CHANGE_KINDS = [
  ...(['registered', 'updated', 'unregistered'] as const),
  ...(['bound', 'rebound', 'unbound'] as const),
  ...(['mapped', 'unmapped'] as const),
  ...(['secret-set', 'secret-deleted'] as const),
] as const;

/** One change of what is described: who, when, and every field before and after; secrets are masked. */
export interface RecordedChange {
  /** Epoch ms. */
  at: number;
  /** Who asked for it, as the audit trail names them. */
  actor: string;
  change: (typeof CHANGE_KINDS)[number];
  /** A process id, a binding id, a capability, or a key of the vault. */
  subject: string;
  /** The processes it concerns. */
  processIds: readonly string[];
  /** Dotted paths; null where there was or is nothing. */
  fields: readonly { path: string; before: unknown; after: unknown }[];
}

/** Schema of a stored change. */
export const recordedChangeSchema = z.strictObject({
  at: z.number(),
  actor: z.string(),
  change: z.enum(CHANGE_KINDS),
  subject: z.string(),
  processIds: z.array(z.string()),
  fields: z.array(z.strictObject({ path: z.string(), before: z.unknown(), after: z.unknown() })),
}) satisfies z.ZodType<RecordedChange>;
