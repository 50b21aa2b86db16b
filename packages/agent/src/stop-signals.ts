/** The part of a process that gets signals and can end. */
type SignalHost = Pick<NodeJS.Process, 'on' | 'exit'>;

/** What a shell answers for a program ended by a signal is 128 and its number. */
const CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/** On the first SIGTERM or SIGINT the agent stops and the process ends with 0; a second one ends it at once. */
export function stopOnSignals(host: SignalHost, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (signal: keyof typeof CODES) => () => {
    if (isStopping) host.exit(CODES[signal]);
    isStopping = true;
    const end = () => host.exit(0);
    void stop().then(end, end);
  };
  host.on('SIGTERM', onSignal('SIGTERM'));
  host.on('SIGINT', onSignal('SIGINT'));
}
