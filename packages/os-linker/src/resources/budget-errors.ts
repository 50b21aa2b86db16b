import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Why spending was refused. Each refusal came before anything was spent. */
export const BUDGET_ERRORS = {
  DN_BUDGET_EXCEEDED: {
    template:
      "'{agent}' may not spend {asked} now: budget '{budget}' has used {used} of {limit}; there is room again {when}. Wait, or raise it: dreamnet budgets set {budget}",
    httpStatus: 429,
    isRetryable: true,
  },
  DN_BUDGET_NO_ESTIMATE: {
    template:
      "'{agent}' did not say how much {measure} it will spend, and budget '{budget}' ({used} of {limit} used, reset {when}) has nothing to go by; give an estimate with the call, or set reserve.{measure} of the budget",
    httpStatus: 422,
    isRetryable: false,
  },
  DN_BUDGET_FROZEN: {
    template:
      "spending of {target} is frozen by {by}{reason}; nothing is spent until 'dreamnet freeze --release{which}' ends it",
    httpStatus: 423,
    isRetryable: false,
  },
  DN_BUDGET_STORE_FAILED: {
    template:
      "what '{agent}' wants to spend ({budget}) cannot be written down, so it may not be spent: {reason}",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_BUDGET_NOT_KEPT: {
    template: "'{target}': {change} could not be written down: {reason}. {now}; try again",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_BUDGET_CLOCK_UNSURE: {
    template:
      "'{agent}' may not spend from '{budget}': the clock was put back from {before} to {now}, so nobody knows which window this is. Set the clock right; if it is right now, vouch for it: dreamnet budgets reset NAME",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_BUDGET_WRONG_CURRENCY: {
    template: "budget '{budget}' is in {currency}; an amount in {given} cannot be held against it",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_BUDGET_BAD_AMOUNT: { template: '{where}: {why}', httpStatus: 400, isRetryable: false },
  DN_BUDGET_TOO_MANY_OPEN: {
    template: "'{agent}' has {limit} reservations open; tell what was spent (settle) before reserving more",
    httpStatus: 429,
    isRetryable: true,
  },
  DN_BUDGET_UNKNOWN: {
    template: "there is no budget '{name}'{known}",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_BUDGET_UNKNOWN_RESERVATION: {
    template:
      "there is no open reservation '{id}' of '{agent}': it was settled before, or it expired, and then all that was reserved counts as spent",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_BUDGET_NOT_FROZEN: {
    template: 'spending of {target} is not frozen{frozen}',
    httpStatus: 404,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

/** Makes one of these errors. */
export const budgetError = createErrors(BUDGET_ERRORS);
