import { DreamnetError } from '@dreamnet/kit';
import type { Terminal } from './terminal.js';

/** As a shell calls the end by SIGINT: 128 and the number of the signal. */
export const INTERRUPTED = 130;

/** Found wrong here, or by the daemon before it did anything. */
const WRONG_USAGE = ['DN_CLI_USAGE', 'DN_API_BAD_INPUT', 'DN_SPINE_BAD_PATTERN'];

/** Bad input and bad configuration end with 2, Ctrl-C with 130, everything that failed with 1. */
export function exitCodeOf(error: DreamnetError): number {
  if (error.code === 'DN_CLI_INTERRUPTED') return INTERRUPTED;
  return error.code.startsWith('DN_CONFIG_') ||
    error.code.startsWith('DN_ALERTMANAGER_') ||
    error.code.startsWith('DN_IMPORT_') ||
    WRONG_USAGE.includes(error.code) ||
    error.code === 'DN_API_PORT_IN_USE'
    ? 2
    : 1;
}

/** Prints an error: one line for people on standard error, the coded body for programs on standard output. */
export function presentError(terminal: Terminal, thrown: unknown, isJson: boolean): number {
  const error = DreamnetError.from(thrown);
  if (isJson) terminal.out(JSON.stringify({ error: error.toJSON() }, null, 2));
  else terminal.error(`${terminal.colors.red('error')} ${error.code}: ${error.message}`);
  return exitCodeOf(error);
}
