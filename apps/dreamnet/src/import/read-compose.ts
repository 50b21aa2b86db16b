import { resolve } from 'node:path';
import { START_READY_WITHIN_MS } from '../config/schema.js';
import { takeOrder } from './compose-order.js';
import { takeRestart } from './compose-restart.js';
import { type FilledCommand, toFilledCommand } from './filled-command.js';
import { FILLED_SETTINGS, fillSettings } from './filled-settings.js';
import {
  type Imported,
  type ImportedAgent,
  importedAgent,
  nothingImported,
  type SourceFile,
} from './imported.js';
import { partsOf } from './interpolation.js';
import { countOf, leftOut, mapOf, numberOf, sizeOf, spanMsOf, stopSignalOf, wordsOf } from './values.js';
import { meaningOfParts, takeReferences, takeVariables } from './variables.js';

const KNOWN = ['command', 'entrypoint', 'image', 'environment', 'depends_on', ...FILLED_SETTINGS];
const KNOWN_OF_FILE = ['services', 'version', 'name'];
/** The commands of a compose file's services. What exists only within an image is not here to be run. */
export function readCompose({ folder }: SourceFile, file: Record<string, unknown>): Imported {
  const imported = nothingImported();
  const extensions = Object.keys(file).filter((key) => key.startsWith('x-'));
  imported.notes.push(...leftOut(file, [...KNOWN_OF_FILE, ...extensions]));
  for (const [name, given] of Object.entries(mapOf(file.services))) {
    const service = mapOf(given);
    const filled = commandOf(service);
    if (!filled) {
      const what = service.image === undefined ? 'its image' : `the image ${service.image}`;
      imported.notes.push(`'${name}' has no command of its own: ${what} says what runs; left out`);
      continue;
    }
    const agent = importedAgent(name, filled.command, resolve(folder));
    takeOrder(agent, service.depends_on);
    takeVariables(agent, service.environment, (text) => meaningOfParts(partsOf(text)));
    takeReferences(agent, filled.references);
    takeSettings(agent, fillSettings(agent, service));
    if (service.image !== undefined || service.build !== undefined)
      agent.notes.push(
        'the command ran in a container: here it runs on this machine, with what is installed here',
      );
    agent.notes.push(...leftOut(service, KNOWN));
    imported.agents.push(agent);
  }
  return imported;
}

/** A text is split into words, by no shell; an entry point and a command are one after the other. */
function commandOf({ entrypoint, command }: Record<string, unknown>): FilledCommand | undefined {
  return toFilledCommand(
    [entrypoint, command].map((part) => (typeof part === 'string' ? part : wordsOf(part))),
  );
}

function takeSettings(agent: ImportedAgent, service: Record<string, unknown>): void {
  const { settings } = agent;
  takeRestart(agent, service);
  const graceMs = spanMsOf(service.stop_grace_period);
  const signal = stopSignalOf(service.stop_signal);
  if (service.stop_signal !== undefined && signal === undefined)
    agent.notes.push(`not carried over: stop_signal ${service.stop_signal}; it is stopped with SIGTERM`);
  const stop = { ...(graceMs !== undefined && { deadline: `${graceMs}ms` }), ...(signal && { signal }) };
  if (Object.keys(stop).length > 0) settings.stop = stop;
  const limits = mapOf(mapOf(mapOf(service.deploy).resources).limits);
  const memory = sizeOf(service.mem_limit ?? limits.memory);
  const cpu = numberOf(service.cpus ?? limits.cpus);
  const pids = numberOf(service.pids_limit ?? limits.pids);
  const resources = { ...(memory && { memory }), ...(cpu && { cpu }), ...(pids && { pids }) };
  if (Object.keys(resources).length > 0) settings.resources = resources;
  takeDeploy(agent, service);
  takeHealthcheck(agent, mapOf(service.healthcheck));
}

/** Several processes have no port in common here, so what publishes one is not multiplied. */
function takeDeploy(agent: ImportedAgent, { deploy, scale, ports }: Record<string, unknown>): void {
  const { replicas, resources, restart_policy: _, ...rest } = mapOf(deploy);
  const count = countOf(scale ?? replicas);
  if (count > 1 && ports === undefined) agent.settings.replicas = count;
  else if (count > 1)
    agent.notes.push(`not carried over: ${count} replicas; each needs a port of its own ({port})`);
  const { reservations } = mapOf(resources);
  const left = leftOut(
    { ...rest, ...(reservations !== undefined && { 'resources.reservations': reservations }) },
    [],
  );
  agent.notes.push(...left.map((note) => note.replace(/(?<=[:,] )/g, 'deploy.')));
}

function takeHealthcheck(agent: ImportedAgent, check: Record<string, unknown>): void {
  const [kind, ...words] = wordsOf(check.test);
  const shell = typeof check.test === 'string' ? kind : kind === 'CMD-SHELL' ? words.join(' ') : undefined;
  const exec = shell === undefined ? (kind === 'CMD' ? words : []) : ['sh', '-c', shell];
  if (exec.length === 0 || String(check.disable) === 'true') return;
  const everyMs = spanMsOf(check.interval);
  const timeoutMs = spanMsOf(check.timeout);
  const fall = numberOf(check.retries);
  const readiness = {
    ...(everyMs && { every: `${everyMs}ms` }),
    ...(timeoutMs && { timeout: `${timeoutMs}ms` }),
    ...(fall && { fall }),
  };
  agent.settings.health = { ...(Object.keys(readiness).length > 0 && { readiness }), probe: { exec } };
  // A shorter one is not carried over: what fails a check there is only called unhealthy, here it is restarted.
  const bootMs = spanMsOf(check.start_period) ?? 0;
  if (bootMs > START_READY_WITHIN_MS) agent.settings.start = { readyWithin: `${bootMs}ms` };
}
