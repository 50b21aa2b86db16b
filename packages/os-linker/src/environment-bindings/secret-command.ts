import { type ChildProcess, spawn } from 'node:child_process';
import { secretText } from './secret-text.js';

/** As long as a secret file may be. */
const LONGEST_OUTPUT_BYTES = 64 * 1024;

/** What the command printed, or in words why there is no value. What it printed is never quoted. */
export type CommandAnswer = { value: string } | { observed: string };

/**
 * Runs a command that prints a secret, without a shell and with nothing on standard input. Its whole process group
 * is ended when it ends or takes too long.
 *
 * @returns Its standard output without the final line break; never throws.
 */
export function askCommand(
  command: readonly string[],
  how: { timeoutMs: number; directory: string; env: Readonly<Record<string, string>> },
): Promise<CommandAnswer> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: how.directory,
      env: how.env,
      // Standard error is nobody's: a tool may print the secret into its own error message.
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      timeout: how.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= LONGEST_OUTPUT_BYTES) parts.push(part);
      else endGroup(child);
    });
    child.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve({ observed: `cannot be run (${code ?? 'unknown error'})` }),
    );
    // What it left behind would hold the pipe open, and with it this answer.
    child.once('exit', () => endGroup(child));
    child.once('close', (code) => resolve(answerOf({ code, parts, length, timeoutMs: how.timeoutMs })));
  });
}

function answerOf(end: {
  code: number | null;
  parts: readonly Buffer[];
  length: number;
  timeoutMs: number;
}): CommandAnswer {
  if (end.length > LONGEST_OUTPUT_BYTES) return { observed: `longer than ${LONGEST_OUTPUT_BYTES} bytes` };
  if (end.code === null) return { observed: `not there within ${end.timeoutMs} ms` };
  if (end.code !== 0) return { observed: `exit code ${end.code}` };
  return secretText(Buffer.concat(end.parts));
}

/** False when nobody of it was left. */
function endGroup({ pid }: ChildProcess): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}
