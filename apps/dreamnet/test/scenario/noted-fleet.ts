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

/** Lines that agents have written to the file `notes`. */
export function notes(own: DaemonProcess): string[] {
  const file = join(own.folder, 'notes');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

/** The notes, once there are so many. */
export const noted = (own: DaemonProcess, count: number) =>
  own.until(`${count} notes`, () => notes(own).length >= count && notes(own));
