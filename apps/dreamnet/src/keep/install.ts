import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import type { CommandContext } from '../cli/context.js';
import { loadFleet } from '../config/load.js';
import { programError } from '../errors.js';
import { endSeconds } from './end-seconds.js';
import { type CommandLine, daemonCommand, findKeeperPython, keeperCommand } from './keeper-command.js';
import { isKnownUser } from './known-user.js';
import { formatUnit } from './systemd-unit.js';

/** What `install` was told. */
export interface InstallOptions {
  readonly configFile: string;
  readonly stateDir: string;
  /** Name of the unit, without `.service`. */
  readonly name: string;
  readonly isUser: boolean;
  readonly runAs: string | undefined;
}

/** A unit as it would be written, and what has to be run then. */
export interface Installation {
  readonly path: string;
  readonly unit: string;
  readonly next: readonly string[];
  /** false: there is no Python for the keeper, so systemd starts the daemon itself. */
  readonly hasKeeper: boolean;
}

const SYSTEM_UNITS = '/etc/systemd/system';
const ACCOUNTS = '/etc/passwd';
/** NUL ends what systemd reads of a line as well. */
const LINE_BREAK = /[\n\r\0]/;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,100}$/;

/**
 * Makes the systemd service of a fleet; writes nothing.
 *
 * @throws DN_CONFIG_* for a fleet file that cannot be run, DN_CLI_USAGE, DN_INSTALL_REFUSED for a path with a line break
 */
export function planInstallation({ environment }: CommandContext, options: InstallOptions): Installation {
  const { name, isUser, runAs } = options;
  if (!PLAIN_NAME.test(name))
    throw programError('DN_CLI_USAGE', { why: `--name: '${name}' is no name of a unit, such as dreamnet` });
  if (isUser && runAs !== undefined)
    throw programError('DN_CLI_USAGE', { why: '--as goes with a unit of the machine, not with --user' });
  if (
    runAs !== undefined &&
    !isKnownUser(runAs, environment.searchPath, () => readFileSync(ACCOUNTS, 'utf8'))
  )
    throw programError('DN_CLI_USAGE', {
      why: `--as: this machine knows no user '${runAs}'; make it first, or name another one or a uid`,
    });
  const fleetFile = resolve(options.configFile);
  const stateDir = resolve(options.stateDir);
  const folder = isUser ? join(configHome(environment.variables), 'systemd', 'user') : SYSTEM_UNITS;
  const path = join(folder, `${name}.service`);
  const { searchPath } = environment;
  const python = findKeeperPython(searchPath);
  const command = unitCommand(python, fleetFile, stateDir);
  refuseLineBreaks(path, [
    ['--file', fleetFile],
    ['--state', stateDir],
    ['the PATH', searchPath],
    ...command.map((word) => ['the command line of the daemon', word] as const),
  ]);
  const { fleet } = loadFleet(fleetFile, searchPath);
  const unit = formatUnit({
    ...{ fleetFile, isUser, runAs, searchPath, command },
    workingDirectory: dirname(fleetFile),
    stopSeconds: endSeconds(fleet),
  });
  const control = isUser ? 'systemctl --user' : 'systemctl';
  return {
    path,
    unit,
    next: [
      `${control} daemon-reload`,
      `${control} enable --now ${name}.service`,
      ...(isUser ? ['loginctl enable-linger   # so that it runs while you are not logged in'] : []),
    ],
    hasKeeper: python !== undefined,
  };
}

/** Writes the unit. @throws DN_INSTALL_REFUSED when one is there already, or it may not be written */
export function writeInstallation({ path, unit }: Installation, isReplacing: boolean): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, unit, { flag: isReplacing ? 'w' : 'wx', mode: 0o644 });
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    const why =
      code === 'EEXIST'
        ? 'is there already and is left as it is; --replace writes it anew, --name chooses another'
        : `${DreamnetError.from(thrown).message}; --user needs no rights, --print only shows it`;
    throw programError('DN_INSTALL_REFUSED', { path, why }, thrown);
  }
}

/**
 * A line break ends a directive, whatever quotes it stands in, and only some directives know an escape for it.
 *
 * @param words What holds each of them, and the word.
 * @source systemd.syntax(7)
 */
function refuseLineBreaks(path: string, words: readonly (readonly [string, string])[]): void {
  const broken = words.find(([, word]) => LINE_BREAK.test(word));
  if (!broken) return;
  const [holder, word] = broken;
  const why = `is not written: ${holder} has a line break in it (${JSON.stringify(word)}), which no unit can hold; rename that, or choose another`;
  throw programError('DN_INSTALL_REFUSED', { path, why });
}

function unitCommand(python: string | undefined, fleetFile: string, stateDir: string): CommandLine {
  const upArguments = ['-f', fleetFile, '--state', stateDir];
  if (python === undefined) return daemonCommand(upArguments);
  return keeperCommand(python, stateDir, daemonCommand([...upArguments, '--kept-by', python]));
}

/** @source XDG Base Directory Specification: empty counts as unset */
function configHome(variables: Readonly<Record<string, string | undefined>>): string {
  return variables.XDG_CONFIG_HOME || join(variables.HOME || homedir(), '.config');
}
