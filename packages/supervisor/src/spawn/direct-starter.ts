import { type ChildProcess, spawn } from 'node:child_process';
import { DreamnetError } from '@dreamnet/kit';
import { readProcess } from '../linux/process-table.js';
import type { ProcessStarter, StartListener } from './process-starter.js';
import { environmentOf, type SpawnPlan, spawnError } from './spawn-plan.js';

/** Starts processes as children of this program: the event loop stands still while the kernel copies its page tables. */
export const directStarter: ProcessStarter = {
  isBlocking: () => true,
  start(plan, generation, listener) {
    const child = plan.refusal ?? trySpawn(plan, generation);
    queueMicrotask(() => tell(child, plan, listener));
  },
};

function trySpawn(plan: SpawnPlan, generation: number): ChildProcess | DreamnetError {
  const { spec, logs } = plan;
  const [file, ...args] = plan.argv;
  try {
    const { outFd, errFd } = logs.open();
    return spawn(file, args, {
      cwd: spec.cwd,
      env: environmentOf(plan, generation),
      detached: true,
      stdio: spec.stdio === 'pipe' ? ['pipe', 'pipe', errFd] : ['ignore', outFd, errFd],
    });
  } catch (cause) {
    return spawnError(spec, cause);
  }
}

/** A command that cannot be run gives a child without a pid and its 'error' event. */
function tell(child: ChildProcess | DreamnetError, { spec }: SpawnPlan, listener: StartListener): void {
  if (DreamnetError.is(child)) {
    listener.failed(child);
    return;
  }
  const { pid, stdin, stdout } = child;
  if (pid === undefined) {
    child.once('error', (error) => listener.failed(spawnError(spec, error)));
    return;
  }
  // Reaped in this very turn of the event loop: its number cannot be anybody else's yet.
  child.once('exit', (code, signal) => listener.ended({ code, signal, isKnown: true }, true));
  // A pipe that breaks with the process is told by the exit; whoever uses the pipe listens too.
  stdin?.on('error', () => undefined);
  listener.began({
    pid,
    // One that has already ended is a zombie until we return to the loop.
    startTicks: readProcess(pid)?.startTicks ?? 0,
    ...(stdin && stdout && { streams: { stdin, stdout } }),
    release: () => child.unref(),
  });
}
