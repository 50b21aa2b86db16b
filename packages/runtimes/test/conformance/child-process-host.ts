import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type {
  ExitRecord,
  LocalProcessHost,
  LocalProcessSpec,
  ProcessIdentity,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';

/** A small real host: one child a process, no restarts. Output is collected so that a test can read it. */
export interface ChildProcessHost extends LocalProcessHost {
  output(id: string): string;
  spec(id: string): LocalProcessSpec | undefined;
  /** Resolves when the process has ended by itself. */
  ended(id: string): Promise<void>;
  /** Ends everything it started. */
  close(): Promise<void>;
}

interface Kept {
  spec: LocalProcessSpec;
  child: ChildProcess;
  phase: SupervisedPhase;
  identity: ProcessIdentity | null;
  lastExit: ExitRecord | null;
  startedAt: number;
  output: string;
  ended: Promise<unknown>;
}

export function createChildProcessHost(): ChildProcessHost {
  const kept = new Map<string, Kept>();
  const stop = async (id: string, deadlineMs?: number) => {
    const one = kept.get(id);
    if (one?.phase !== 'running') return;
    one.phase = 'stopping';
    endGroup(one.child, 'SIGTERM');
    // Real children take real time to end, so this waits on the real clock.
    const timer = setTimeout(() => endGroup(one.child, 'SIGKILL'), deadlineMs ?? one.spec.stopDeadlineMs);
    await one.ended;
    clearTimeout(timer);
    one.phase = 'idle';
  };
  return {
    launch: async (spec) => {
      const one = await spawnKept(spec);
      kept.set(spec.id, one);
      return describe(one);
    },
    get: (id) => {
      const one = kept.get(id);
      return one && describe(one);
    },
    stop,
    streams: (id) => {
      const child = kept.get(id)?.child;
      return child?.stdin && child.stdout ? { stdin: child.stdin, stdout: child.stdout } : undefined;
    },
    activity: () => undefined,
    output: (id) => kept.get(id)?.output ?? '',
    spec: (id) => kept.get(id)?.spec,
    ended: async (id) => {
      await kept.get(id)?.ended;
    },
    close: async () => {
      for (const id of kept.keys()) await stop(id, 0);
    },
  };
}

async function spawnKept(spec: LocalProcessSpec): Promise<Kept> {
  const [program, ...args] = spec.command;
  const stdin = spec.stdio === 'pipe' ? 'pipe' : 'ignore';
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const one: Kept = {
    spec,
    child,
    phase: 'running',
    identity: identify(child.pid ?? 0),
    lastExit: null,
    startedAt: Date.now(),
    output: '',
    ended: once(child, 'close'),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      one.output += chunk.toString();
    });
  }
  child.on('exit', (code, signal) => {
    one.lastExit = { at: Date.now(), code, signal, isKnown: true, stderrTail: [] };
    one.identity = null;
    if (one.phase === 'running') one.phase = 'exited';
  });
  return one;
}

function describe(one: Kept): SupervisedProcess {
  const { spec, phase, identity, startedAt, lastExit } = one;
  return {
    id: spec.id,
    phase,
    identity,
    startedAt,
    ranMs: identity === null ? null : Math.max(0, Date.now() - startedAt),
    restarts: 0,
    isAdopted: false,
    lastExit,
    nextAttemptAt: null,
    notEnforced: [],
  };
}

function identify(pid: number): ProcessIdentity {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { pid, startTicks: Number(fields[19]), bootId };
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}
