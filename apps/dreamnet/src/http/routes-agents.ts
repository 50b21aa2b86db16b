import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { pathValue } from './request-values.js';
import { addRoutes } from './route.js';
import { addGroupRoutes } from './routes-groups.js';
import { addLinkerRoutes } from './routes-linker.js';
import { addScalingRoutes } from './routes-scaling.js';
import { addVaultRoutes } from './routes-vault.js';
import { addVaultKeyRoutes } from './routes-vault-key.js';
import { callSchema, shutdownSchema } from './schemas.js';
import type { StoppedAgent } from './views.js';

const DEFAULT_CALL_TIMEOUT_MS = 30_000;

/** Agents, bindings, and the daemon's own end. */
export function addAgentRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { agents, views } = daemon;
  addScalingRoutes(app, daemon);
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/ps',
      role: 'viewer',
      tag: 'agents',
      summary: 'Agents and the processes behind them',
      answer: () => ({ agents: views.agents() }),
    },
    {
      method: 'GET',
      path: '/api/agents/:name',
      role: 'viewer',
      tag: 'agents',
      summary: 'All that is known of one agent',
      answer: (request) => views.describe(pathValue(request, 'name')),
    },
    {
      method: 'POST',
      path: '/api/agents/:name/rotate',
      role: 'operator',
      tag: 'agents',
      summary: 'Fetch its secrets anew, and restart or signal it as its bindings ask for',
      answer: (request) => daemon.secrets.rotate(pathValue(request, 'name'), actorOf(request)),
    },
    {
      method: 'POST',
      path: '/api/agents/:name/:verb',
      role: 'operator',
      tag: 'agents',
      summary: 'start, stop or restart an agent',
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const verb = pathValue(request, 'verb');
        if (verb !== 'start' && verb !== 'stop' && verb !== 'restart')
          throw programError('DN_API_NOT_FOUND', { kind: 'agent action', name: verb });
        const actor = actorOf(request);
        if (verb !== 'stop') {
          await daemon.starts.after(name, () => agents[verb](name, actor));
          return views.agent(name);
        }
        return stopAgent(daemon, name, actor);
      },
    },
  ]);
  addGroupRoutes(app, daemon);
  addBindingRoutes(app, daemon);
  addVaultRoutes(app, daemon);
  addVaultKeyRoutes(app, daemon);
  addLinkerRoutes(app, daemon);
  addCallRoutes(app, daemon);
  addDaemonRoutes(app, daemon);
}

async function stopAgent(
  { agents, views, clock }: Daemon,
  name: string,
  actor: string,
): Promise<StoppedAgent> {
  const since = clock.now();
  const notKept = await agents.stop(name, actor);
  const stops = views.stops(name, since);
  return { ...views.agent(name), stops, ...(notKept !== undefined && { notKept }) };
}

function addDaemonRoutes(app: FastifyInstance, daemon: Daemon): void {
  addRoutes(app, [
    {
      method: 'POST',
      path: '/api/apply',
      role: 'admin',
      tag: 'daemon',
      summary: 'Take over what changed in the fleet file',
      answer: async (request) => ({ changes: await daemon.apply(actorOf(request)) }),
    },
    {
      method: 'POST',
      path: '/api/shutdown',
      role: 'admin',
      tag: 'daemon',
      summary: 'End the daemon, and the agents unless they are left running',
      answer: (request) =>
        daemon.requestShutdown(
          shutdownSchema.optional().parse(request.body ?? undefined)?.leaveRunning === true,
          actorOf(request),
        ),
    },
    {
      method: 'GET',
      path: '/api/doctor',
      role: 'viewer',
      tag: 'daemon',
      summary: 'Checks of the state folder, the audit chain and the machine',
      answer: async () => ({ checks: await daemon.examine() }),
    },
  ]);
}

function addBindingRoutes(app: FastifyInstance, { agents, secrets }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/bindings',
      role: 'viewer',
      tag: 'bindings',
      summary: 'Bindings, and the names of the stored secrets',
      answer: async () => ({
        bindings: agents.bindings(),
        secrets: (await secrets.list()).map(({ key }) => key),
      }),
    },
  ]);
}

function addCallRoutes(app: FastifyInstance, daemon: Daemon): void {
  addRoutes(app, [
    {
      method: 'POST',
      path: '/api/call',
      role: 'operator',
      tag: 'routing',
      summary: 'Use a capability, whoever serves it now',
      body: callSchema,
      answer: (request, reply) => {
        const call = callSchema.parse(request.body);
        const controller = new AbortController();
        // Of the answer, not of the connection: one connection carries many calls.
        reply.raw.once('close', () => controller.abort());
        return daemon.call({
          capability: call.capability,
          input: call.input === undefined ? {} : call.input,
          timeoutMs: call.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
          isIdempotent: call.isIdempotent ?? false,
          signal: controller.signal,
          estimate: call.estimate,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/routes',
      role: 'viewer',
      tag: 'routing',
      summary: 'Who serves which capability now',
      answer: () => ({ routes: daemon.views.routes() }),
    },
    {
      method: 'GET',
      path: '/api/routes/:capability/explain',
      role: 'viewer',
      tag: 'routing',
      summary: 'The candidates, the rule that decided, who was withdrawn and why',
      answer: (request) => daemon.views.route(pathValue(request, 'capability')),
    },
  ]);
}
