import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { programError } from '../errors.js';
import { checkAlerts } from './alerts-checks.js';
import { checkBudgets } from './budget-checks.js';
import { checkGroups } from './groups-checks.js';
import type { LoadedFleet } from './load.js';
import { checkReplicas, hasPortOfItsOwn } from './replicas-checks.js';
import type { AgentEntry } from './schema.js';
import { showPlace } from './source.js';
import { checkSpares } from './spare-checks.js';
import { groupOrder } from './start-plan.js';

/** Runtimes with a driver in this version. */
export const RUNTIME_KINDS = ['node', 'python', 'custom'] as const;
const PACKAGE_PREFIX = 'package:';
const NEEDS_ENDPOINT: ReadonlySet<string> = new Set(['a2a', 'http', 'agentcore']);

/**
 * The checks that need more than one value: names, references, cycles, files, what this version supports.
 *
 * @throws DN_CONFIG_* for the first thing found.
 */
export function checkFleet(loaded: LoadedFleet, searchPath: string): void {
  checkEntries(loaded);
  for (const [name, agent] of Object.entries(loaded.fleet.agents))
    checkCommand({ loaded, name, agent, searchPath });
}

/**
 * Those of them that need nothing but the file.
 *
 * @throws DN_CONFIG_* for the first thing found.
 */
export function checkEntries(loaded: LoadedFleet): void {
  checkNames(loaded);
  checkSupport(loaded);
  checkGroups(loaded);
  checkDependencies(loaded);
  checkOverrides(loaded);
  checkEndpoints(loaded);
  checkReplicas(loaded);
  checkSpares(loaded);
  checkCapabilities(loaded);
  checkSecrets(loaded);
  checkAlerts(loaded);
  checkBudgets(loaded);
}

/**
 * The command with `package:` arguments replaced by the files they name and the working folder made absolute.
 *
 * @throws DN_CONFIG_MISSING_FILE when a package is not installed.
 */
export function resolveCommand(
  loaded: LoadedFleet,
  name: string,
  agent: AgentEntry,
): { command: [string, ...string[]]; cwd: string } {
  const [program, ...rest] = agent.command;
  return {
    command: [program, ...rest.map((part, index) => resolvePart(loaded, part, { name, index: index + 1 }))],
    cwd: resolve(loaded.folder, agent.cwd ?? '.'),
  };
}

function resolvePart(
  loaded: LoadedFleet,
  part: string,
  { name, index }: { name: string; index: number },
): string {
  const { folder } = loaded;
  if (!part.startsWith(PACKAGE_PREFIX)) return part;
  const wanted = part.slice(PACKAGE_PREFIX.length);
  const [first = '', second = '', ...rest] = wanted.split('/');
  const packageName = first.startsWith('@') ? `${first}/${second}` : first;
  const inside = first.startsWith('@') ? rest : [second, ...rest].filter((piece) => piece !== '');
  const require = createRequire(join(folder, 'dreamnet.yaml'));
  for (const base of require.resolve.paths(packageName) ?? []) {
    const path = join(base, packageName, ...inside);
    if (existsSync(path)) return path;
  }
  // Where it would be: the agent's start says that it is not.
  if (loaded.isRecalled) return join(folder, 'node_modules', wanted);
  const place = showPlace(loaded.placeOf(['agents', name, 'command', index]));
  throw programError('DN_CONFIG_MISSING_FILE', { name, place, path: wanted });
}

function checkNames(loaded: LoadedFleet): void {
  for (const name of Object.keys(loaded.fleet.subsystems))
    if (Object.hasOwn(loaded.fleet.agents, name))
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOfKey(['subsystems'], name)),
        name,
        where: ': once under agents, once under subsystems',
      });
}

function checkSupport(loaded: LoadedFleet): void {
  const { fleet } = loaded;
  const refuse = (path: PropertyKey[], what: string, instead: string): never => {
    throw programError('DN_CONFIG_NOT_SUPPORTED', { place: showPlace(loaded.placeOf(path)), what, instead });
  };
  if (fleet.store && !fleet.store.url.startsWith('sqlite:'))
    refuse(['store', 'url'], `the store '${fleet.store.url}'`, 'leave store out, or write sqlite:FILE');
  if (fleet.bus && fleet.bus.url !== 'in-process')
    refuse(['bus', 'url'], `the bus '${fleet.bus.url}'`, 'leave bus out, or write in-process');
  for (const [name, agent] of Object.entries(fleet.agents)) {
    if (!RUNTIME_KINDS.some((kind) => kind === agent.runtime))
      refuse(
        ['agents', name, 'runtime'],
        `the runtime '${agent.runtime}'`,
        `there are: ${RUNTIME_KINDS.join(', ')}`,
      );
    if (agent.protocol === 'acp')
      refuse(
        ['agents', name, 'protocol'],
        "the protocol 'acp'",
        'there are: mcp, a2a, http, agentcore, heartbeat, none',
      );
    const cut = cutOff(agent);
    if (cut) refuse(['agents', name, 'isolation'], cut, 'bind it network host, or speak mcp over its pipes');
  }
}

/** A sandbox with a network of its own has no address the daemon could reach. @returns what does not go together */
function cutOff({ isolation, protocol, endpoint, bindings }: AgentEntry): string | undefined {
  if (isolation.level !== 'sandbox') return undefined;
  const accesses = bindings.flatMap((binding) => (binding.type === 'network' ? [binding.config.access] : []));
  if (accesses.includes('host')) return undefined;
  const isServer = protocol === 'a2a' || protocol === 'http' || endpoint !== undefined;
  if (isServer) return `a sandbox without network host, and being reached at an address (${protocol}),`;
  return protocol === 'heartbeat' && !accesses.includes('allow-list')
    ? 'a sandbox without network, and reporting over it (heartbeat),'
    : undefined;
}

function checkDependencies(loaded: LoadedFleet): void {
  const { agents, subsystems, groups } = loaded.fleet;
  const edges = new Map<string, { targets: readonly string[]; path: PropertyKey[] }>();
  for (const [name, { dependsOn }] of Object.entries(agents))
    edges.set(name, { targets: dependsOn, path: ['agents', name, 'dependsOn'] });
  for (const [name, { dependsOn }] of Object.entries(subsystems))
    edges.set(name, { targets: dependsOn, path: ['subsystems', name, 'dependsOn'] });
  for (const [name, { targets, path }] of edges)
    for (const [index, target] of targets.entries())
      if (!edges.has(target))
        throw programError('DN_CONFIG_UNKNOWN_DEPENDENCY', {
          place: showPlace(loaded.placeOf([...path, index])),
          name,
          target,
        });
  const inOrder = groupOrder(groups);
  const cycle = findCycle(
    new Map([...edges].map(([name, { targets }]) => [name, [...targets, ...(inOrder.get(name) ?? [])]])),
  );
  const first = cycle?.[0];
  if (cycle && first !== undefined)
    throw programError('DN_CONFIG_CYCLE', {
      place: showPlace(loaded.placeOf(edges.get(first)?.path ?? [])),
      cycle: cycle.join(' → '),
    });
}

/** Depth-first with an explicit stack, so that a chain of thousands does not exhaust the call stack. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  for (const start of edges.keys()) {
    const path: string[] = [start];
    const onPath = new Set(path);
    const pending: string[][] = [[...(edges.get(start) ?? [])]];
    while (pending.length > 0) {
      const next = pending.at(-1)?.pop();
      if (next === undefined) {
        pending.pop();
        const left = path.pop();
        if (left !== undefined) {
          done.add(left);
          onPath.delete(left);
        }
      } else if (onPath.has(next)) {
        return [...path.slice(path.indexOf(next)), next];
      } else if (!done.has(next)) {
        path.push(next);
        onPath.add(next);
        pending.push([...(edges.get(next) ?? [])]);
      }
    }
  }
  return undefined;
}

function checkEndpoints(loaded: LoadedFleet): void {
  const owners = new Map<string, string>();
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    if (NEEDS_ENDPOINT.has(agent.protocol) && agent.endpoint === undefined)
      throw programError('DN_CONFIG_INCOMPLETE', {
        place: showPlace(loaded.placeOf(['agents', name, 'protocol'])),
        name,
        why: `the protocol '${agent.protocol}' needs an endpoint, such as http://127.0.0.1:7801`,
      });
    if (agent.endpoint === undefined || hasPortOfItsOwn(agent)) continue;
    const { host } = new URL(agent.endpoint);
    const owner = owners.get(host);
    if (owner !== undefined)
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOf(['agents', name, 'endpoint'])),
        name: host,
        where: `: '${owner}' has this endpoint too`,
      });
    owners.set(host, name);
  }
}

/** A capability that nobody could ever call would be announced and never served. */
function checkCapabilities(loaded: LoadedFleet): void {
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    if (agent.capabilities.length > 0 && (agent.protocol === 'none' || agent.protocol === 'heartbeat'))
      throw programError('DN_CONFIG_INCOMPLETE', {
        place: showPlace(loaded.placeOf(['agents', name, 'capabilities'])),
        name,
        why: `capabilities need a protocol with calls (mcp, a2a, http, agentcore); '${agent.protocol}' has none`,
      });
    const names = agent.capabilities.map((one) => (typeof one === 'string' ? one : one.name));
    const second = names.findIndex((one, index) => names.indexOf(one) < index);
    if (second >= 0)
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOf(['agents', name, 'capabilities', second])),
        name: names[second],
        where: ` among the capabilities of '${name}'`,
      });
  }
}

/** One variable cannot hold two secrets at once; in each environment it may hold another one. */
function checkSecrets(loaded: LoadedFleet): void {
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    const bound = new Map<string, (string | undefined)[]>();
    for (const [index, binding] of agent.bindings.entries())
      for (const variable of binding.type === 'secrets' ? Object.keys(binding.config) : []) {
        const { environment } = binding;
        const others = bound.get(variable) ?? [];
        // Without an environment it counts in all of them.
        if (others.some((other) => !other || !environment || other === environment))
          throw programError('DN_CONFIG_DUPLICATE_NAME', {
            place: showPlace(loaded.placeOfKey(['agents', name, 'bindings', index, 'config'], variable)),
            name: variable,
            where: `: '${name}' binds this variable already`,
          });
        bound.set(variable, [...others, environment]);
      }
  }
}

/** An override for a name that is mistyped would leave the right one to the default. */
function checkOverrides(loaded: LoadedFleet): void {
  const { agents, subsystems, recovery } = loaded.fleet;
  for (const name of Object.keys(recovery.overrides))
    if (!Object.hasOwn(agents, name) && !Object.hasOwn(subsystems, name))
      throw programError('DN_CONFIG_INCOMPLETE', {
        place: showPlace(loaded.placeOfKey(['recovery', 'overrides'], name)),
        name,
        why: 'this override is for nobody; neither an agent nor a subsystem has the name',
      });
}

function checkCommand(check: {
  loaded: LoadedFleet;
  name: string;
  agent: AgentEntry;
  searchPath: string;
}): void {
  const { loaded, name, agent, searchPath } = check;
  const { command, cwd } = resolveCommand(loaded, name, agent);
  const placeOf = (index: number) => showPlace(loaded.placeOf(['agents', name, 'command', index]));
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw programError('DN_CONFIG_MISSING_FILE', {
      place: showPlace(loaded.placeOf(['agents', name, 'cwd'])),
      name,
      path: `${cwd} (a folder)`,
    });
  const [program] = command;
  if (program.includes('/')) {
    if (!existsSync(resolve(cwd, program)))
      throw programError('DN_CONFIG_MISSING_FILE', { place: placeOf(0), name, path: program });
  } else if (!isOnPath(program, searchPath))
    throw programError('DN_CONFIG_MISSING_COMMAND', { place: placeOf(0), name, command: program });
  const script = scriptOf(agent.runtime, command);
  if (script && !existsSync(resolve(cwd, script.path)))
    throw programError('DN_CONFIG_MISSING_FILE', { place: placeOf(script.index), name, path: script.path });
}

/** The program text an interpreter is given: its first argument that is not an option. `-c`, `-e` and `-m` have none. */
function scriptOf(runtime: string, command: readonly string[]): { path: string; index: number } | undefined {
  if (runtime === 'custom') return undefined;
  for (const [index, part] of command.entries()) {
    if (index === 0) continue;
    if (/^(-c|-e|-m|-p|--eval|--print)$/.test(part)) return undefined;
    if (!part.startsWith('-')) return { path: part, index };
  }
  return undefined;
}

function isOnPath(program: string, searchPath: string): boolean {
  return searchPath.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
