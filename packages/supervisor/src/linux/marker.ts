import { readFileSync } from 'node:fs';

/** The variable by which every process of ours, and whatever it starts, can be found again. */
export const MARKER_VARIABLE = 'DREAMNET_PROCESS';

/** Which process of which instance, and its how manieth start. */
export interface Marker {
  readonly instanceId: string;
  readonly processId: string;
  readonly generation: number;
}

/** The variable's value. */
export function formatMarker({ instanceId, processId, generation }: Marker): string {
  return `${instanceId}/${processId}/${generation}`;
}

/** @returns undefined for a text that is no marker. */
export function parseMarker(text: string): Marker | undefined {
  const match = /^([^/]+)\/([^/]+)\/(\d+)$/.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  return { instanceId: match[1], processId: match[2], generation: Number(match[3]) };
}

/**
 * The marker a process was started with, its own or inherited.
 *
 * @returns undefined when it has none, is gone, or is another user's.
 */
export function readMarker(pid: number): Marker | undefined {
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return undefined; // gone, or another user's: then it is none of ours
  }
  const prefix = `${MARKER_VARIABLE}=`;
  const start = environment.startsWith(prefix) ? 0 : environment.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !environment.startsWith(prefix)) return undefined;
  const end = environment.indexOf('\0', start);
  return parseMarker(environment.slice(start + prefix.length, end < 0 ? undefined : end));
}
