/** How this client names itself to agents. */
export const CLIENT_INFO = { name: 'dreamnet', version: '0.1.0' } as const;

/** Largest answer read from an agent unless told otherwise: 32 MiB, far above any sane tool result. */
export const DEFAULT_ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Largest answer to what is asked only to learn whether and how somebody answers: agent cards, handshakes, probes. It is parsed in one
 * piece, every few seconds: 1 MiB of the worst JSON takes some 50 ms.
 */
export const SHORT_ANSWER_LIMIT_BYTES = 1024 * 1024;
