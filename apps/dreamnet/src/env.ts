/** The only place that reads the environment: everything else is given values. */
export interface ProgramEnvironment {
  /** Variables of the daemon itself; agents get only the listed base ones and what is bound. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly searchPath: string;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly stateDir: string | undefined;
  /** NO_COLOR, https://no-color.org */
  readonly wantsNoColor: boolean;
}

/** Reads the process's environment once. */
export function readEnvironment(): ProgramEnvironment {
  const variables = { ...process.env };
  return {
    variables,
    searchPath: variables.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    url: variables.DREAMNET_URL,
    token: variables.DREAMNET_TOKEN,
    stateDir: variables.DREAMNET_STATE,
    wantsNoColor: (variables.NO_COLOR ?? '') !== '',
  };
}
