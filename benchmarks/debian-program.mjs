// A program of a peer that is measured beside ours: the one of the PATH, or Debian's package, fetched and unpacked into a
// temporary folder. Nothing is installed, and a peer is never a dependency.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * @param program Its name, e.g. runsvdir.
 * @param packages The packages it needs; the first is the one with the program.
 * @returns Its path; undefined where it is not there and cannot be fetched.
 */
export function findDebianProgram(program, packages) {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
  return onPath ?? fetchProgram(program, packages);
}

function fetchProgram(program, packages) {
  const cache = join(tmpdir(), `dreamnet-bench-${packages[0].replace('prometheus-', '')}`);
  const path = join(cache, 'usr', 'bin', program);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const { status } = spawnSync('apt-get', ['download', ...packages], { cwd: cache });
  if (status !== 0) return undefined;
  for (const file of readdirSync(cache).filter((name) => name.endsWith('.deb')))
    spawnSync('dpkg', ['-x', file, cache], { cwd: cache });
  return existsSync(path) ? path : undefined;
}
