import { type LocalProcessSpec, type ProcessUser, STOP_SIGNALS } from '@dreamnet/contracts';
import { FILTERED, type IsolationMeans } from './means.js';
import { dropTo } from './process-level.js';
import { INNER_FOLDER, type SandboxNetwork } from './sandbox-network.js';
import { fileArguments, passable } from './sandbox-paths.js';
import type { SandboxView } from './sandbox-view.js';

export interface SandboxOptions {
  readonly means: IsolationMeans;
  readonly bwrap: string;
  readonly user: ProcessUser | undefined;
  readonly view: SandboxView;
  readonly network: SandboxNetwork;
  /** Whether the filter of system calls lies ready on its descriptor. */
  readonly isFiltered: boolean;
  /** The line a spare waits on. */
  readonly turnPath?: string;
}

/** Where the line of a spare is found inside. */
export const INNER_TURN = '/run/dreamnet-turn';

/** Whom a sandbox shows its processes as, when they are the daemon's own root. */
const NOBODY = '65534';
/**
 * Asking to end reaches the whole process group, also bubblewrap, which would end before the agent has; so it takes no
 * notice, and the agent inside is given the usual meaning back.
 */
const SIGNALS = STOP_SIGNALS.map((name) => name.slice('SIG'.length));

/** Set inside when root makes the folders of the sandbox, which another user must be able to pass. */
const OWN_FILES = ['/bin/sh', '-c', 'umask 077; exec "$@"', 'sh'];

/** Signals to be ignored by whatever stands before the sandbox; none where nothing could give them back inside. */
export function ignoredSignals(means: IsolationMeans, { relay }: SandboxNetwork): readonly string[] {
  return means.env === undefined && relay.length === 0 ? [] : SIGNALS;
}

/** Put before the command: makes the namespaces and becomes the command inside. */
export function sandboxPrefix(spec: LocalProcessSpec, options: SandboxOptions): string[] {
  const { means, bwrap, user, network, view, isFiltered, turnPath } = options;
  const { env } = means;
  return [
    bwrap,
    ...(user ? rootNamespaces() : userNamespaces(means.isRoot)),
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(isFiltered ? FILTERED : []),
    ...(user ? passable([INNER_FOLDER, ...(turnPath === undefined ? [] : [INNER_TURN])]) : []),
    ...network.args,
    ...fileArguments(spec, view, { isPassable: user !== undefined }),
    // The same command line starts the one after it, when the line is gone.
    ...(turnPath === undefined ? [] : ['--ro-bind-try', turnPath, INNER_TURN]),
    '--',
    ...(user && means.setpriv !== undefined ? dropTo(means.setpriv, user) : []),
    // The relay sets it by itself: one program less to load.
    ...(user && network.relay.length === 0 ? OWN_FILES : []),
    ...inner(env, network),
  ];
}

/** The relay does by itself what `env` does: one program less to load. */
function inner(env: string | undefined, { relay }: SandboxNetwork): readonly string[] {
  if (relay.length > 0) return relay;
  return env === undefined ? [] : [env, '-u', 'PWD', `--default-signal=${SIGNALS.join(',')}`];
}

/** No power of root is left, not even over what is its own inside. */
function userNamespaces(isRoot: boolean): string[] {
  const shown = isRoot ? ['--uid', NOBODY, '--gid', NOBODY] : [];
  return ['--unshare-user', ...shown, '--cap-drop', 'ALL'];
}

/** Another user needs real root to be set; these powers end with the change of user. */
function rootNamespaces(): string[] {
  const needed = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
  return ['--cap-drop', 'ALL', ...needed.flatMap((name) => ['--cap-add', name])];
}
