import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { type DoctorCheck, FLEET_FILE_CHECK } from '../http/views.js';
import { type CommandContext, type CommonOptions, clientOf, DEFAULT_CONFIG, stateDirOf } from './context.js';

/** Tokens and keys are the owner's alone: nothing for the group, nothing for others. */
const OTHERS_MASK = 0o077;

/** What `doctor` was told. */
export interface DoctorOptions extends CommonOptions {
  /** The fleet file to check; default: the one in this folder, if there is one and no daemon runs that has its own. */
  readonly file?: string;
}

/** Checks the machine, the state folder and the fleet file here, and asks the daemon, when there is one, about itself. */
export async function examine(context: CommandContext, options: DoctorOptions): Promise<DoctorCheck[]> {
  const ofDaemon = await examineDaemon(context, options);
  const hasOwnFile = ofDaemon.some(({ check }) => check === FLEET_FILE_CHECK);
  return [
    examineNode(),
    examinePython(),
    examineKernel(),
    examineStateDir(stateDirOf(context, options)),
    ...(options.file === undefined && hasOwnFile ? [] : [await examineFile(context, options)]),
    ...ofDaemon,
  ];
}

function examineNode(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return {
    check: 'Node',
    isOk: major > 20 || (major === 20 && minor >= 19),
    details: `${process.versions.node} (20.19 or newer is needed)`,
  };
}

function examinePython(): DoctorCheck {
  const { status, stdout } = spawnSync('python3', ['-c', 'import os; print(hasattr(os, "pidfd_open"))'], {
    encoding: 'utf8',
  });
  const hasPidfd = status === 0 && stdout.trim() === 'True';
  return {
    check: 'python3',
    isOk: hasPidfd,
    details: hasPidfd
      ? 'there, with pidfd_open'
      : 'python3 with os.pidfd_open is missing: the daemon starts agents itself and stands still meanwhile, and exits of adopted ones are looked for instead of told',
  };
}

function examineKernel(): DoctorCheck {
  const isLinux = process.platform === 'linux' && existsSync('/proc/self/stat');
  return {
    check: 'kernel',
    isOk: isLinux,
    details: isLinux ? 'Linux with /proc' : `${process.platform}: supervision needs Linux with /proc`,
  };
}

function examineStateDir(path: string): DoctorCheck {
  if (!existsSync(path)) return { check: 'state folder', isOk: true, details: `${path}: not there yet` };
  const open = ['', 'tokens/admin', 'vault/master.key'].filter((name) => {
    const file = join(path, name);
    return existsSync(file) && (statSync(file).mode & OTHERS_MASK) !== 0;
  });
  return {
    check: 'state folder',
    isOk: open.length === 0,
    details:
      open.length === 0
        ? `${path}: readable by its owner only`
        : `${path}: others may read ${open.map((name) => name || 'the folder').join(', ')}; chmod go= it`,
  };
}

async function examineFile({ environment }: CommandContext, options: DoctorOptions): Promise<DoctorCheck> {
  const check = FLEET_FILE_CHECK;
  const file = options.file ?? DEFAULT_CONFIG;
  if (options.file === undefined && !existsSync(file))
    return { check, isOk: true, details: `${file}: not there yet; dreamnet init writes one` };
  // Loaded here: whoever asks a daemon does not wait for the schema to be built.
  const { loadFleet } = await import('../config/load.js');
  try {
    const { fleet } = loadFleet(file, environment.searchPath);
    return { check, isOk: true, details: `${file}: fits; agents: ${Object.keys(fleet.agents).length}` };
  } catch (thrown) {
    const { code, message } = DreamnetError.from(thrown);
    return { check, isOk: false, details: `${code}: ${message}` };
  }
}

async function examineDaemon(context: CommandContext, options: CommonOptions): Promise<DoctorCheck[]> {
  try {
    const { checks } = await clientOf(context, options).get<{ checks: DoctorCheck[] }>('/api/doctor');
    return [{ check: 'daemon', isOk: true, details: 'answers' }, ...checks];
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    const isAway = error.code === 'DN_CLI_NO_DAEMON';
    const details = isAway ? 'none runs; the audit chain is checked when one does' : error.message;
    return [{ check: 'daemon', isOk: isAway, details }];
  }
}
