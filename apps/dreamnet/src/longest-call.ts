/** Nobody waits longer for one call, its attempts together. */
export const LONGEST_CALL_MS = 3_600_000;
