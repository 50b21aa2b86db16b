import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, IsolationSpec, LocalProcessSpec, ProcessUser, PublishEvent } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import type { Destination } from './allow-list.js';
import { writeCallFilter } from './call-filter-file.js';
import { findMeans, type IsolationMeans, openFilter } from './means.js';
import { OwnUsers } from './own-user.js';
import { processPrefix, restrain } from './process-level.js';
import { INNER_TURN, ignoredSignals, sandboxPrefix } from './sandbox.js';
import { openSandboxNetwork, type SandboxNetwork } from './sandbox-network.js';
import { type FoundView, findView } from './sandbox-view.js';

/** What keeps one process apart, as far as this machine can. */
export interface Isolated {
  /** Whether a sandbox is around it. */
  readonly isSandbox: boolean;
  /** Put before the command. */
  readonly prefix: readonly string[];
  /** Added to its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What was asked for and cannot be enforced here, in words. */
  readonly notEnforced: readonly string[];
  /** Where inside the line of a spare is found, when not where it is outside. */
  readonly turnPath?: string;
  /** Why it must not be started whatever else is said. */
  readonly refusal?: DreamnetError;
  /** Asked before every start but the first: does all it is given still lie where it did? */
  isCurrent(): boolean;
  /** Nothing runs inside any more, or nobody is left to answer it. */
  close(): void;
}

/** Where isolation finds what it needs. */
export interface IsolationSettings {
  /** Where bubblewrap and the like are looked for, beside the system's folders. */
  readonly searchPath?: string;
  /** Folder of the sockets by which sandboxes reach the network. Default `gates` beside the logs. */
  readonly gateDir?: string;
  /** Folders no sandbox sees, even inside one it does see: the daemon's own state. */
  readonly hiddenPaths?: readonly string[];
  /** Where the daemon listens: a sandbox with an allow-list may always report to it. */
  readonly daemonAddress?: () => Destination | undefined;
}

export interface IsolatorOptions extends IsolationSettings {
  readonly instanceId: string;
  readonly gateDir: string;
  readonly clock: Clock;
  readonly publish: PublishEvent;
  /** Default: what this machine has, looked up at the first process that asks for it. */
  readonly means?: IsolationMeans;
}

/** What one start has of its own. */
export interface IsolatedStart {
  /** Of its gate. */
  readonly name: string;
  /** The line a spare waits on. */
  readonly turnPath?: string;
}

/** Makes what keeps processes apart. */
export interface Isolator {
  /** Asked before each first start. @returns null when it is not to be kept apart */
  isolate(spec: LocalProcessSpec, start?: IsolatedStart): Isolated | null;
  /** The user of its own a process is given, the same at every call; undefined when it has none. */
  userOf(id: string, isolation: IsolationSpec): ProcessUser | undefined;
}

/** An isolator for one supervisor. */
export function createIsolator(options: IsolatorOptions): Isolator {
  const users = new OwnUsers(options.instanceId);
  let known = options.means;
  const find = () => {
    known ??= findMeans(options.searchPath ?? '', writeCallFilter(options.gateDir));
    return known;
  };
  return {
    isolate: (spec, start = { name: spec.id }) => {
      if (!spec.isolation) return null;
      const means = find();
      const user = findUser(spec.isolation, spec.id, { means, users });
      const { bwrap, sandboxProblem } = means;
      if (spec.isolation.level === 'process' || bwrap === undefined || sandboxProblem !== undefined)
        return asProcess(spec, { means, user });
      return asSandbox(spec, { ...options, ...start, means, user, bwrap });
    },
    userOf: (id, isolation) => findUser(isolation, id, { means: find(), users }).user,
  };
}

interface FoundUser {
  readonly user: ProcessUser | undefined;
  readonly notEnforced: readonly string[];
}

function findUser(
  { level, user }: IsolationSpec,
  processId: string,
  { means, users }: { means: IsolationMeans; users: OwnUsers },
): FoundUser {
  const wanted = user ?? (level === 'process' ? 'dynamic' : undefined);
  const none = (why: string) => ({ user: undefined, notEnforced: [`own user: ${why}`] });
  if (wanted === undefined) return { user: undefined, notEnforced: [] };
  if (!means.isRoot) return none("the daemon is not root, so it runs as the daemon's user");
  if (means.setpriv === undefined) return none('setpriv is not installed');
  const outcome = users.find(wanted, processId);
  return outcome.ok ? { user: outcome.user, notEnforced: [] } : none(outcome.problem);
}

/** Also what is left of a sandbox that cannot be had. */
function asProcess(
  spec: LocalProcessSpec,
  { means, user }: { means: IsolationMeans; user: FoundUser },
): Isolated {
  const isLess = spec.isolation?.level === 'sandbox';
  const base = restrain(means, { envNames: Object.keys(spec.env) });
  const own = processPrefix(means, user.user);
  const lost = isLess
    ? [`sandbox: ${means.sandboxProblem}; it sees every file its user may see, and the whole network`]
    : [];
  return {
    isSandbox: false,
    prefix: [...base.argv, ...own.argv],
    env: {},
    notEnforced: [...lost, ...user.notEnforced, ...base.notEnforced, ...own.notEnforced],
    isCurrent: () => true,
    close: () => undefined,
  };
}

interface SandboxParts extends IsolatorOptions, IsolatedStart {
  readonly means: IsolationMeans;
  readonly user: FoundUser;
  readonly bwrap: string;
}

function asSandbox(spec: LocalProcessSpec, parts: SandboxParts): Isolated {
  const { means, hiddenPaths = [], clock, publish } = parts;
  // Before the gate is opened: a disk that is full must not leave one behind.
  const filter = findFilter(means, parts.gateDir);
  const found = findView(spec, hiddenPaths);
  const network = openSandboxNetwork(spec, {
    gateDir: join(parts.gateDir, parts.name),
    python: means.python,
    perl: means.perl,
    clock,
    daemonAddress: parts.daemonAddress,
    onRefused: (destination, because, untold) =>
      publish('network.refused', spec.id, { destination, because, untold }),
    onTrouble: (error) =>
      publish('network.refused', spec.id, {
        destination: 'everything',
        because: `its gate does not open: ${error.message}`,
        untold: 0,
      }),
  });
  try {
    return behindGate(spec, parts, { filter, found, network });
  } catch (error) {
    network.close();
    throw error;
  }
}

function behindGate(
  spec: LocalProcessSpec,
  { means, user, bwrap, turnPath, hiddenPaths = [] }: SandboxParts,
  { filter, found, network }: { filter: FoundFilter; found: FoundView; network: SandboxNetwork },
): Isolated {
  const base = restrain(means, {
    envNames: Object.keys(spec.env),
    ignored: ignoredSignals(means, network),
    ...(user.user && { umask: '022' as const }),
    ...(filter.file !== undefined && { opens: openFilter(filter.file) }),
  });
  const isFiltered = filter.file !== undefined;
  const inside = {
    ...{ means, bwrap, user: user.user, network, isFiltered },
    ...(turnPath !== undefined && { turnPath }),
  };
  return {
    isSandbox: true,
    // One that is refused may run since an earlier daemon: its gate is opened, it is not started again.
    prefix: found.ok ? [...base.argv, ...sandboxPrefix(spec, { ...inside, view: found.view })] : [],
    env: network.env,
    notEnforced: [user, base, filter, network].flatMap(({ notEnforced }) => notEnforced),
    ...(!found.ok && { refusal: found.refusal }),
    isCurrent: () => found.ok && isDeepStrictEqual(findView(spec, hiddenPaths), found),
    ...(turnPath !== undefined && { turnPath: INNER_TURN }),
    close: () => network.close(),
  };
}

interface FoundFilter {
  readonly file?: string;
  readonly notEnforced: readonly string[];
}

/** Written anew when it is gone: an earlier start may be long ago. */
function findFilter({ filterProblem }: IsolationMeans, gateDir: string): FoundFilter {
  const file = filterProblem === undefined ? writeCallFilter(gateDir) : undefined;
  if (file !== undefined) return { file, notEnforced: [] };
  return { notEnforced: [`filter of system calls: ${filterProblem ?? 'there is none here'}`] };
}
