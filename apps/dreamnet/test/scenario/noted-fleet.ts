import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import type { DaemonProcess } from './daemon-process.js';

/** All rows of `ps`, by name. */
export async function ps(own: DaemonProcess): Promise<Map<string, PsEntry>> {
  const { agents } = await own.client().get<{ agents: PsEntry[] }>('/api/ps');
  return new Map(agents.map((agent) => [agent.name, agent]));
}

/** Pids by name, 0 for who has none. */
export async function pids(own: DaemonProcess): Promise<Record<string, number>> {
  return Object.fromEntries([...(await ps(own))].map(([name, { pid }]) => [name, pid ?? 0]));
}

export const everybodyRuns = (own: DaemonProcess) =>
  own.until('all to run', async () =>
    [...(await ps(own)).values()].every(({ phase }) => phase === 'running'),
  );

/**
 * What an agent runs that writes its start and its end to the file `notes`.
 * @param then what it does once it has started, before it waits for its end
 * @param atEnd what it does before it writes its end
 */
export const noting = (name: string, then = ':', atEnd = ':') => [
  'sh',
  '-c',
  `trap '${atEnd}; echo "${name} ends" >> notes; exit 0' TERM
   read -r stat < /proc/$$/stat; set -- $stat; echo "${name} starts \${22} $$" >> notes
   ${then}; while :; do sleep 0.02; done`,
];

/** Linux' own limit. Processes of one tick of the clock are ordered by their ids. */
const MOST_PIDS = 2 ** 22;

/**
 * Lines that agents have written. Starts that follow each other stand in the order in which the processes came to be: which of
 * two is the first to write is the kernel's affair.
 */
export function notes(own: DaemonProcess): string[] {
  const file = join(own.folder, 'notes');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const ordered: { line: string; age: number }[] = [];
  for (const written of lines) {
    const [name, what, ticks = 0, pid = 0] = written.split(' ');
    const age = Number(ticks) * MOST_PIDS + Number(pid);
    let place = ordered.length;
    while (age > 0 && (ordered[place - 1]?.age ?? 0) > age) place -= 1;
    ordered.splice(place, 0, { line: `${name} ${what}`, age });
  }
  return ordered.map(({ line }) => line);
}

/** The notes, once there are so many. */
export const noted = (own: DaemonProcess, count: number) =>
  own.until(`${count} notes`, () => notes(own).length >= count && notes(own));
