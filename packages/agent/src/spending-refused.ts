/** Why something may not be spent. Nothing was taken from any budget. */
export class SpendingRefused extends Error {
  /** `DN_BUDGET_EXCEEDED`, `DN_BUDGET_FROZEN`, `DN_BUDGET_UNREACHABLE` ... */
  readonly code: string;
  /** Epoch ms at which there is room again; undefined when nobody knows or never. */
  readonly resetAt: number | undefined;

  constructor(code: string, message: string, resetAt?: unknown) {
    super(message);
    this.name = 'SpendingRefused';
    this.code = code;
    this.resetAt = typeof resetAt === 'number' ? resetAt : undefined;
  }
}
