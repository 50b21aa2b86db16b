import { createPatientEnvironment, readEnvironment, variableIn } from './environment.js';

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
 * The marker a process was started with, its own or inherited, as far as it can be read this very moment: while a process changes
 * its program (`exec`) it has no environment.
 *
 * @returns undefined when it has none, is gone, or is another user's.
 */
export function readMarker(pid: number): Marker | undefined {
  return findMarker(readEnvironment(pid));
}

/**
 * Reads markers for those who must not overlook anybody.
 *
 * @param mostMs No longer than this for all together is waited for those who change their program; the program stands still meanwhile.
 */
export function createPatientReader(mostMs: number): (pid: number) => Marker | undefined {
  const environmentOf = createPatientEnvironment(mostMs);
  return (pid) => findMarker(environmentOf(pid));
}

function findMarker(environment: string | undefined): Marker | undefined {
  const mark = environment && variableIn(environment, MARKER_VARIABLE);
  return mark ? parseMarker(mark) : undefined;
}
