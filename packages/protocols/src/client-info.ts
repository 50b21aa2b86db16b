/** How this client names itself to agents. */
export const CLIENT_INFO = { name: 'dreamnet', version: '0.1.0' } as const;

/** Largest answer read from an agent unless told otherwise: 32 MiB, far above any sane tool result. */
export const DEFAULT_ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;
