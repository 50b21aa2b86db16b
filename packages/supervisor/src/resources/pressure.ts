import type { Pressure, PressureReading } from '@dreamnet/contracts';
import { readCgroupFile } from './cgroup-file.js';

const RESOURCES = ['cpu', 'memory', 'io'] as const;

/**
 * How long work waited for each resource, from the files of one folder: a cgroup's, or `/proc/pressure` for the machine.
 *
 * @param fileOf The file of one resource.
 * @returns undefined when the kernel does not measure it.
 */
export function readPressure(fileOf: (resource: string) => string): Pressure | undefined {
  const entries = RESOURCES.flatMap((resource) => {
    const reading = parsePressure(readCgroupFile(fileOf(resource)));
    return reading ? [[resource, reading] as const] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** @source Documentation/accounting/psi.rst */
export function parsePressure(text: string): PressureReading | undefined {
  const some = percentOf(text, 'some');
  if (some === undefined) return undefined;
  return { some, full: percentOf(text, 'full') ?? 0 };
}

/** The average over the last ten seconds, percent of the time. */
function percentOf(text: string, line: string): number | undefined {
  const found = new RegExp(`^${line} avg10=([\\d.]+)`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
