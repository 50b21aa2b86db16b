import { readdirSync, readFileSync } from 'node:fs';

/** Main processes of the agents of an instance that run, by agent: a daemon that was killed leaves them, as it should. */
export function findAgents(instanceId: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const pid of listPids()) {
    const agent = mainOf(pid, instanceId);
    if (agent !== undefined) found.set(agent, [...(found.get(agent) ?? []), pid]);
  }
  return found;
}

/** Ends them with all they have started. One may have ended since it was found. */
export function endAgents(instanceId: string): void {
  for (const pid of [...findAgents(instanceId).values()].flat())
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
}

/** Is what starts the agents of a state folder still there? It writes down how they ended, and is the last to write into it. */
export function hasSpawner(stateDir: string): boolean {
  return listPids().some((pid) => {
    const words = read(pid, 'cmdline').split('\0');
    return words.includes(stateDir) && words.some((word) => word.endsWith('/spawner.py'));
  });
}

function mainOf(pid: number, instanceId: string): string | undefined {
  const marker = read(pid, 'environ')
    .split('\0')
    .find((variable) => variable.startsWith(`DREAMNET_PROCESS=${instanceId}/`));
  if (marker === undefined) return undefined;
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && Number(fields[3]) === pid ? marker.split('/')[1] : undefined;
}

function listPids(): number[] {
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // gone meanwhile, or another user's
  }
}
