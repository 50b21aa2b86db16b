import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve, sep } from 'node:path';
import type { BoundPath, LocalProcessSpec } from '@dreamnet/contracts';
import { isWithin } from './real-path.js';
import type { SandboxView } from './sandbox-view.js';

/** Beside /usr: where programs and libraries are on systems that keep them apart; a link where they are not. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
/** What programs read to find libraries, names, certificates and the time zone; nothing here is secret. Few: each is a mount. */
const SYSTEM_FILES = [
  ...['/etc/ld.so.cache', '/etc/alternatives', '/etc/ssl', '/etc/pki', '/etc/ca-certificates'],
  ...['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf', '/etc/services', '/etc/protocols'],
  ...['/etc/passwd', '/etc/group', '/etc/localtime'],
];
/** Where a sandbox has its own, whatever is outside. */
const OWN_FOLDERS = ['/proc', '/dev', '/tmp'];

/** Arguments that make the file system of a sandbox: the system's programs, the working folder, what is bound. */
export function fileArguments(
  spec: LocalProcessSpec,
  { seen, masks, cwd }: SandboxView,
  { isPassable }: { isPassable: boolean },
): string[] {
  const home = spec.env.HOME;
  const made = [...seen.map(({ place }) => place), ...(isOwnHome(home) ? [home] : [])];
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...SYSTEM_FOLDERS.flatMap(systemFolder),
    ...SYSTEM_FILES.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp'],
    ...(isPassable ? passable(made) : []),
    ...(isOwnHome(home) ? ['--perms', '1777', '--tmpfs', home] : []),
    ...seen.flatMap(({ source, place, mode }) => [mode === 'rw' ? '--bind' : '--ro-bind', source, place]),
    ...masks.flatMap((place) => ['--tmpfs', place]),
    ...['--chdir', cwd],
  ];
}

/** Folders above these that another user than the maker of the sandbox may pass: bubblewrap makes them for itself alone. */
export function passable(paths: readonly string[]): string[] {
  const folders = new Set(paths.flatMap(foldersAbove).filter((folder) => !isSystem(folder)));
  return [...folders]
    .sort((one, other) => depth(one) - depth(other))
    .flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

/** What a sandbox is to show, as it is named: outermost first, so that a folder bound read-write inside a read-only one stays so. */
export function wantedPaths(spec: LocalProcessSpec): BoundPath[] {
  const bound = (spec.isolation?.paths ?? []).map(({ path, mode }) => ({ path: resolve(path), mode }));
  const byPath = new Map<string, BoundPath>();
  const implied = [resolve(spec.cwd), ...programPaths(spec)].filter((path) => !isSystem(path));
  for (const path of implied) byPath.set(path, { path, mode: 'ro' });
  for (const one of bound) if (byPath.get(one.path)?.mode !== 'rw') byPath.set(one.path, one);
  return [...byPath.values()].sort((one, other) => depth(one.path) - depth(other.path));
}

/** The program with its own libraries, and the first file among its arguments with the packages around it. */
function programPaths(spec: LocalProcessSpec): string[] {
  const [program, ...args] = spec.command;
  const file = program.includes(sep) ? resolve(spec.cwd, program) : onPath(program, spec.env.PATH);
  const script = args.find((arg) => arg.startsWith(sep) && isFile(arg));
  return [
    ...(file === undefined ? [] : installation(file)),
    ...(script === undefined ? [] : [packagesOf(script)]),
  ];
}

/** A version manager's Node.js and a virtual environment's Python lie beside their libraries. */
function installation(file: string): string[] {
  const folders = new Set(
    [file, realpathSync(file)].map(dirname).filter((folder) => basename(folder) === 'bin'),
  );
  const beside = [...folders].flatMap((folder) =>
    ['lib', 'lib64', 'pyvenv.cfg'].map((name) => join(dirname(folder), name)),
  );
  return [file, realpathSync(file), ...beside.filter((path) => existsSync(path))];
}

/** A file of an installed package needs the packages beside it. */
function packagesOf(script: string): string {
  const [before, ...after] = script.split('/node_modules/');
  return before !== undefined && after.length > 0 ? `${before}/node_modules` : script;
}

function onPath(program: string, searchPath = '/usr/local/bin:/usr/bin:/bin'): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder.startsWith(sep))
    .map((folder) => join(folder, program))
    .find(isFile);
}

function systemFolder(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
  return found ? ['--ro-bind', path, path] : [];
}

/** Is it there in every sandbox? */
export function isSystem(path: string): boolean {
  return [...SYSTEM_FOLDERS, '/usr'].some((folder) => isWithin(path, folder)) || path === sep;
}

/** Not where it would cover what the sandbox brings itself. */
function isOwnHome(home: string | undefined): home is string {
  if (!home?.startsWith(sep) || resolve(home) === sep) return false;
  return ![...SYSTEM_FOLDERS, ...OWN_FOLDERS, '/usr', '/etc'].some((folder) => isWithin(home, folder));
}

/** Outermost first, without the root. */
export function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path || above === sep ? [] : [...foldersAbove(above), above];
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // exec, too, passes over what it must not look into
  }
}

export function depth(path: string): number {
  return path.split(sep).length;
}
