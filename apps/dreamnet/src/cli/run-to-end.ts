import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '@dreamnet/kit';
import type { ProgramEnvironment } from '../env.js';
import type { CommandContext } from './context.js';
import { presentError } from './present-error.js';
import { processTerminal } from './terminal.js';

/** What is to be run in this process. */
export interface Run {
  environment: ProgramEnvironment;
  /** Is an error to be told to a program? */
  isJson: boolean;
  /** @returns The exit code. */
  run: (context: CommandContext) => Promise<number>;
}

/**
 * Runs something with this process's terminal until it is over; Ctrl-C and SIGTERM end it by its signal.
 *
 * @returns The exit code: its own, or that of what it threw, which is shown.
 */
export async function runToEnd({ environment, isJson, run }: Run): Promise<number> {
  const terminal = processTerminal(environment.wantsNoColor);
  const controller = new AbortController();
  const context: CommandContext = { terminal, environment, clock: systemClock(), signal: controller.signal };
  const interrupt = () => controller.abort();
  // The clock's timers keep no process alive; a command that only waits for one of them must.
  const keepAlive = new MessageChannel().port1.on('message', () => undefined);
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await run(context);
  } catch (thrown) {
    return presentError(terminal, thrown, isJson);
  } finally {
    keepAlive.close();
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}
