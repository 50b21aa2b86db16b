import type { Clock, LocalProcessSpec, NetworkBindingConfig } from '@dreamnet/contracts';
import {
  type AllowedDestination,
  type Destination,
  isLoopback,
  parseAllowed,
  showDestination,
} from './allow-list.js';
import { GATE_SOCKET, type NetworkGate, openNetworkGate } from './network-gate.js';
import { createRefusalLog } from './refusal-log.js';
import { DOOR_SCRIPT, RELAY_SCRIPT } from './relay-script.js';

/** How a sandboxed process reaches the network. */
export interface SandboxNetwork {
  /** Arguments of bubblewrap. */
  readonly args: readonly string[];
  /** Put before the command, inside. */
  readonly relay: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly notEnforced: readonly string[];
  close(): void;
}

export interface SandboxNetworkOptions {
  readonly gateDir: string;
  readonly python: string | undefined;
  readonly perl: string | undefined;
  readonly clock: Clock;
  /** Where the daemon listens: a process with an allow-list may always report to it. */
  readonly daemonAddress?: (() => Destination | undefined) | undefined;
  onRefused(destination: string, because: string, untold: number): void;
  onTrouble(error: Error): void;
}

/** Where proxies often listen; the next free number when a tunnel needs it. */
const PROXY_PORT = 3128;
/** Where the gate is found inside. */
export const INNER_FOLDER = '/run/dreamnet';

/** Opens what the network binding allows; none of it when the list cannot be held to. */
export function openSandboxNetwork(spec: LocalProcessSpec, options: SandboxNetworkOptions): SandboxNetwork {
  const network: NetworkBindingConfig = spec.isolation?.network ?? { access: 'none' };
  if (network.access === 'host') return withoutGate([]);
  if (network.access === 'none') return withoutGate(['--unshare-net']);
  if (options.python === undefined)
    return {
      ...withoutGate(['--unshare-net']),
      notEnforced: [
        'network allow-list: there is no python3 in /usr for its relay, so nothing can be reached',
      ],
    };
  return withGate(network.allow, options.python, options);
}

function withGate(allow: readonly string[], python: string, options: SandboxNetworkOptions): SandboxNetwork {
  const { gateDir, clock, perl, onRefused, onTrouble, daemonAddress } = options;
  const daemon = daemonAddress?.();
  const list: AllowedDestination[] = allow.flatMap((text) => parseAllowed(text) ?? []);
  if (daemon) list.push({ ...daemon, isWildcard: false });
  const gate: NetworkGate = openNetworkGate({
    directory: gateDir,
    allow: list,
    clock,
    onRefused: createRefusalLog(clock, onRefused),
    onTrouble,
  });
  const tunnels = tunnelsFor(list);
  const proxyPort = freePort(tunnels);
  return {
    // A locale that is not installed is no news of the agent's.
    args: ['--unshare-net', '--ro-bind', gate.directory, INNER_FOLDER, '--setenv', 'PERL_BADLANG', '0'],
    relay: [
      ...(perl === undefined ? [python, '-I', '-S', '-c'] : [perl, '-e', DOOR_SCRIPT, '--', python]),
      ...[RELAY_SCRIPT, `${INNER_FOLDER}/${GATE_SOCKET}`, `${proxyPort}=`],
      ...[...tunnels].map(([door, target]) => `${door}=${target}`),
      '--',
    ],
    env: proxyVariables(`http://127.0.0.1:${proxyPort}`),
    notEnforced: [],
    close: () => gate.close(),
  };
}

/** This machine's own ports on the list are found where they are outside, without a proxy. @returns targets by door */
function tunnelsFor(list: readonly AllowedDestination[]): Map<string, string> {
  const tunnels = new Map<string, string>();
  for (const { host, port } of list)
    if (port !== null && isLoopback(host))
      tunnels.set(host === '::1' ? `6:${port}` : `${port}`, showDestination({ host, port }));
  return tunnels;
}

function freePort(tunnels: ReadonlyMap<string, string>): number {
  let port = PROXY_PORT;
  while (tunnels.has(`${port}`)) port += 1;
  return port;
}

/** What HTTP clients look at; Node.js from 24 on when asked by NODE_USE_ENV_PROXY. */
function proxyVariables(url: string): Record<string, string> {
  const own = '127.0.0.1,localhost';
  return {
    ...{ http_proxy: url, https_proxy: url, HTTP_PROXY: url, HTTPS_PROXY: url },
    ...{ no_proxy: own, NO_PROXY: own, NODE_USE_ENV_PROXY: '1' },
  };
}

function withoutGate(args: readonly string[]): SandboxNetwork {
  return { args, relay: [], env: {}, notEnforced: [], close: () => undefined };
}
