import { spawn } from 'node:child_process';
import type { CommandContext } from '../cli/context.js';
import { openStateDir } from '../daemon/state-dir.js';
import { programError } from '../errors.js';
import { daemonCommand, keeperCommand, requireKeeperPython } from './keeper-command.js';

/** What `up --keep` was told. */
export interface KeptUp {
  readonly stateDir: string;
  /** What goes to the daemon's own `up`, word by word. */
  readonly upArguments: readonly string[];
}

/**
 * Runs the daemon under a keeper until both end; a signal goes to the keeper, which ends the daemon in order.
 *
 * @returns The exit code of the daemon's last life.
 * @throws DN_KEEP_NO_PYTHON, DN_KEEP_FAILED
 */
export async function runKept(
  { environment, signal }: CommandContext,
  { stateDir, upArguments }: KeptUp,
): Promise<number> {
  const python = requireKeeperPython(environment.searchPath);
  // Somebody wants it to run now, whatever was asked for before.
  openStateDir(stateDir).clearEnding();
  const [file, ...args] = keeperCommand(
    python,
    stateDir,
    daemonCommand([...upArguments, '--kept-by', python]),
  );
  const keeper = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => keeper.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      keeper.once('error', (cause) => reject(programError('DN_KEEP_FAILED', { why: cause.message }, cause)));
      keeper.once('exit', (code, by) => {
        if (code !== null) resolve(code);
        else reject(programError('DN_KEEP_FAILED', { why: `it was ended by ${by}; the daemon goes on` }));
      });
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
