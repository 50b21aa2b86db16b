import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Probe, ProbeResult } from '@dreamnet/contracts';
import { z } from 'zod';
import { hasEnded, listPids, readProcessStat } from '../process-stat.js';
import { probeKind } from './probe-kind.js';

const schema = z.union([
  z.strictObject({ pidFile: z.string().min(1) }),
  z.strictObject({ name: z.string().min(1) }),
  z.strictObject({ port: z.int().min(1).max(65_535) }),
]);

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';

/** Looks whether a process is there: that it is, not that it works. Needs Linux's /proc. */
export const processKind = probeKind({
  key: 'process',
  schema,
  expects: [],
  create: (config, { clock, folder }): Probe => {
    const look = (): Verdict => {
      if ('pidFile' in config) return lookAtPidFile(resolve(folder, config.pidFile));
      return 'name' in config ? lookForName(config.name) : lookForListener(config.port);
    };
    return async () => {
      const startedMs = clock.monotonic();
      const { ok, reason, pid } = look();
      const latencyMs = clock.monotonic() - startedMs;
      return { ok, isAnswered: false, reason, latencyMs, ...(pid !== undefined && { evidence: { pid } }) };
    };
  },
});

interface Verdict extends Pick<ProbeResult, 'ok' | 'reason'> {
  pid?: number;
}

function lookAtPidFile(path: string): Verdict {
  const text = read(path);
  if (text === undefined) return { ok: false, reason: `there is no pid file ${path}` };
  const pid = Number(text.trim().split(/\s/)[0]);
  if (!Number.isSafeInteger(pid) || pid < 1) return { ok: false, reason: `${path} holds no process id` };
  return !hasEnded(readProcessStat(pid))
    ? { ok: true, reason: `process ${pid} runs`, pid }
    : { ok: false, reason: `process ${pid} of ${path} does not run` };
}

function lookForName(name: string): Verdict {
  const pid = listPids().find(
    (candidate) => isNamed(candidate, name) && !hasEnded(readProcessStat(candidate)),
  );
  return pid === undefined
    ? { ok: false, reason: `no process is called ${name}` }
    : { ok: true, reason: `${name} runs as process ${pid}`, pid };
}

function lookForListener(port: number): Verdict {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(read).filter((text) => text !== undefined);
  if (tables.length === 0)
    return { ok: false, reason: 'listeners cannot be seen here: there is no /proc/net' };
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const isListening = tables.some((table) =>
    table.split('\n').some((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      return state === LISTENING && local?.endsWith(suffix) === true;
    }),
  );
  return isListening
    ? { ok: true, reason: `somebody listens on port ${port}` }
    : { ok: false, reason: `nobody listens on port ${port}` };
}

/** The kernel cuts a name at 15 characters; the command line has it whole. */
function isNamed(pid: number, name: string): boolean {
  if (read(`/proc/${pid}/comm`)?.trimEnd() === name) return true;
  const [program = ''] = (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return program !== '' && basename(program) === name;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
