import { agentOf } from '@dreamnet/os-linker';
import type { FastifyInstance } from 'fastify';
import { bindOver, unbindOver } from '../daemon/binding-desk.js';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { bindingSchema } from './schemas.js';

const DEFAULT_CHANGES = 100;
const MOST_CHANGES = 2000;

/** The Linker's own view: process descriptors, who changed what, the capability map, bindings made by hand. */
export function addLinkerRoutes(app: FastifyInstance, daemon: Daemon): void {
  addProcessRoutes(app, daemon);
  addCapabilityRoutes(app, daemon);
  addHandMadeBindingRoutes(app, daemon);
}

function addProcessRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { linker } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/processes',
      role: 'viewer',
      tag: 'linker',
      summary: 'OS process descriptors',
      answer: () => ({ processes: linker.listProcesses() }),
    },
    {
      method: 'GET',
      path: '/api/processes/:id',
      role: 'viewer',
      tag: 'linker',
      summary: 'One OS process descriptor',
      answer: (request) => processOf(daemon, pathValue(request, 'id')),
    },
    {
      method: 'GET',
      path: '/api/processes/:id/changes',
      role: 'viewer',
      tag: 'linker',
      summary:
        'Who changed its descriptor, bindings, mappings and secrets, and what was there before; newest last',
      query: ['limit'],
      answer: (request) => {
        const processId = pathValue(request, 'id');
        const limit = limitOf(queryValue(request, 'limit'));
        const changes = changesOf(daemon, processId, limit);
        // One that was forgotten still has a past.
        if (changes.length === 0 && !daemon.agents.isReplicated(processId)) processOf(daemon, processId);
        return { changes };
      },
    },
    {
      method: 'GET',
      path: '/api/changes',
      role: 'viewer',
      tag: 'linker',
      summary: 'The same for all processes',
      query: ['limit'],
      answer: (request) => ({ changes: linker.changes({ limit: limitOf(queryValue(request, 'limit')) }) }),
    },
  ]);
}

function addCapabilityRoutes(app: FastifyInstance, { linker }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/capabilities',
      role: 'viewer',
      tag: 'linker',
      summary: 'The capability map: providers of each capability, in order of preference',
      answer: () => linker.capabilitiesMap(),
    },
    {
      method: 'GET',
      path: '/api/capabilities/:capability',
      role: 'viewer',
      tag: 'linker',
      summary: 'Providers of one capability, or of its longest mapped prefix',
      answer: (request) => linker.lookupCapability(pathValue(request, 'capability')),
    },
  ]);
}

function addHandMadeBindingRoutes(app: FastifyInstance, daemon: Daemon): void {
  addRoutes(app, [
    {
      method: 'POST',
      path: '/api/bindings',
      role: 'admin',
      tag: 'bindings',
      summary: 'Bind beside what the fleet file binds; counts from the next start of the agent',
      body: bindingSchema,
      answer: (request) => bindOver(daemon, bindingSchema.parse(request.body), actorOf(request)),
    },
    {
      method: 'DELETE',
      path: '/api/bindings/:id',
      role: 'admin',
      tag: 'bindings',
      summary: 'Take back a binding that was not made by the fleet file',
      answer: (request) => unbindOver(daemon, pathValue(request, 'id'), actorOf(request)),
    },
  ]);
}

/** Of an agent with replicas those of all of them, also of those that are gone. */
function changesOf({ linker, agents }: Daemon, name: string, limit: number) {
  if (!agents.isReplicated(name)) return linker.changes({ processId: name, limit });
  const isOfIt = (processId: string) => agentOf(processId) === name;
  return linker
    .changes()
    .filter(({ processIds }) => processIds.some(isOfIt))
    .slice(-limit);
}

function processOf({ linker }: Daemon, id: string) {
  const found = linker.getProcess(id);
  if (!found) throw programError('DN_API_NOT_FOUND', { kind: 'process', name: id });
  return found;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? DEFAULT_CHANGES);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_CHANGES) return limit;
  throw programError('DN_API_BAD_INPUT', { where: 'limit', why: `expected 1 to ${MOST_CHANGES}` });
}
