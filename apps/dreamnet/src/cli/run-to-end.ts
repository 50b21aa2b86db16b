import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '@dreamnet/kit';
import type { ProgramEnvironment } from '../env.js';
import type { CommandContext } from './context.js';
import { createInterrupts, END_SIGNALS } from './interrupts.js';
import { presentError } from './present-error.js';
import { processTerminal } from './terminal.js';

/** What is to be run in this process. */
export interface Run {
  environment: ProgramEnvironment;
  /** Is an error to be told to a program? */
  isJson: boolean;
  /** Is what it prints a log beside its work? Then nothing has failed when that cannot be written. Default: no. */
  isLog?: boolean;
  /** @returns The exit code. */
  run: (context: CommandContext) => Promise<number>;
}

/**
 * Runs something with this process's terminal until it is over; Ctrl-C and SIGTERM end it by its signal; a second one hurries.
 *
 * @returns The exit code: its own, or that of what it threw, which is shown; 1 when what it printed could not be written.
 */
export async function runToEnd({ environment, isJson, isLog = false, run }: Run): Promise<number> {
  const terminal = processTerminal(environment.wantsNoColor);
  const interrupts = createInterrupts(systemClock());
  const { clock, signal, onSecond } = interrupts;
  const context: CommandContext = { terminal, environment, clock, signal, onSecondInterrupt: onSecond };
  // The clock's timers keep no process alive; a command that only waits for one of them must.
  const keepAlive = new MessageChannel().port1.on('message', () => undefined);
  for (const name of END_SIGNALS) process.on(name, interrupts.take);
  try {
    const code = await run(context).catch((thrown: unknown) => presentError(terminal, thrown, isJson));
    const lost = isLog ? undefined : await terminal.lostOutput();
    if (lost === undefined) return code;
    const failed = presentError(terminal, lost, false);
    return code === 0 ? failed : code;
  } finally {
    keepAlive.close();
    for (const name of END_SIGNALS) process.removeListener(name, interrupts.take);
  }
}
