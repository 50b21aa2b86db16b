/** What the daemon, or whoever starts the agent, tells it in its environment. */
export interface AgentEnvironment {
  readonly url: string | undefined;
  readonly name: string | undefined;
  readonly token: string | undefined;
  readonly port: string | undefined;
  readonly host: string | undefined;
  /** For a spare, once: a FIFO, or the number of a descriptor, on which a byte that is no dot comes when it is its turn. */
  readonly takeSpare: () => string | undefined;
}

/** Reads it, once: the only place of this package that looks at the environment. */
export function readEnvironment(): AgentEnvironment {
  const { DREAMNET_URL, DREAMNET_AGENT, DREAMNET_TOKEN, PORT, HOST } = process.env;
  return {
    url: DREAMNET_URL,
    name: DREAMNET_AGENT,
    token: DREAMNET_TOKEN,
    port: PORT,
    host: HOST,
    takeSpare,
  };
}

/** Of this process alone: what it starts itself must not wait. */
function takeSpare(): string | undefined {
  const { DREAMNET_SPARE } = process.env;
  delete process.env.DREAMNET_SPARE;
  return DREAMNET_SPARE;
}
