import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The disk a path lies on as `major:minor`, or why there is none, in words. */
export type FoundDevice = { readonly device: string } | { readonly problem: string };

/**
 * Finds the whole disk below a path, since the kernel limits disks and not their partitions.
 *
 * @param sysRoot Default `/sys`.
 */
export function findDevice(path: string, sysRoot = '/sys'): FoundDevice {
  try {
    const device = deviceNumber(statSync(path).dev);
    const folder = join(sysRoot, 'dev/block', device);
    if (!existsSync(folder)) return { problem: `${path} lies on no disk of its own (device ${device})` };
    const real = realpathSync(folder);
    if (!existsSync(join(real, 'partition'))) return { device };
    return { device: readFileSync(join(real, '..', 'dev'), 'utf8').trim() };
  } catch (error) {
    return { problem: `the disk of ${path} cannot be found (${String(error)})` };
  }
}

/** @source makedev(3): twelve bits of the major number, the minor's low eight below them and the rest above. */
export function deviceNumber(dev: number): string {
  const number = BigInt(dev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
