/** What the daemon, or whoever starts the agent, tells it in its environment. */
export interface AgentEnvironment {
  readonly url: string | undefined;
  readonly name: string | undefined;
  readonly token: string | undefined;
  readonly port: string | undefined;
  readonly host: string | undefined;
  /** Set for a spare: a FIFO, or the number of a descriptor, on which a byte comes when it is its turn. */
  readonly spare: string | undefined;
}

/** Reads it, once: the only place of this package that looks at the environment. */
export function readEnvironment(): AgentEnvironment {
  const { DREAMNET_URL, DREAMNET_AGENT, DREAMNET_TOKEN, DREAMNET_SPARE, PORT, HOST } = process.env;
  return {
    url: DREAMNET_URL,
    name: DREAMNET_AGENT,
    token: DREAMNET_TOKEN,
    port: PORT,
    host: HOST,
    spare: DREAMNET_SPARE,
  };
}
