import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { addVaultRoutes } from './routes-vault.js';
import { callSchema, shutdownSchema } from './schemas.js';
import { writeSlowly } from './sse.js';

const DEFAULT_CALL_TIMEOUT_MS = 30_000;
const MOST_LOG_LINES = 100_000;

/** Agents, their logs, bindings, and the daemon's own end. */
export function addAgentRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { agents, views } = daemon;
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
        await agents[verb](name, actorOf(request));
        return views.agent(name);
      },
    },
    {
      method: 'GET',
      path: '/api/agents/:name/logs',
      role: 'viewer',
      tag: 'agents',
      summary: 'What the agent wrote, one JSON object a line: {stream, line}',
      query: ['lines', 'stream', 'follow'],
      answer: (request, reply) => sendLogs(daemon, request, reply),
    },
  ]);
  addBindingRoutes(app, daemon);
  addVaultRoutes(app, daemon);
  addCallRoutes(app, daemon);
  addDaemonRoutes(app, daemon);
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
          input: call.input ?? {},
          timeoutMs: call.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
          isIdempotent: call.isIdempotent ?? false,
          signal: controller.signal,
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

async function sendLogs(daemon: Daemon, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const name = pathValue(request, 'name');
  const lines = Number(queryValue(request, 'lines') ?? '100');
  const stream = queryValue(request, 'stream') ?? 'all';
  daemon.views.agent(name);
  if (!Number.isInteger(lines) || lines < 0 || lines > MOST_LOG_LINES)
    throw programError('DN_API_BAD_INPUT', { where: 'lines', why: `expected 0 to ${MOST_LOG_LINES}` });
  if (stream !== 'out' && stream !== 'err' && stream !== 'all')
    throw programError('DN_API_BAD_INPUT', { where: 'stream', why: 'expected out, err or all' });
  reply.hijack();
  const { raw } = reply;
  const controller = new AbortController();
  raw.on('close', () => controller.abort());
  raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  const isFollowing = queryValue(request, 'follow') === 'true';
  const query = { name, lines, isFollowing, signal: controller.signal };
  const streams: readonly ('out' | 'err')[] = stream === 'all' ? ['out', 'err'] : [stream];
  try {
    await Promise.all(streams.map((one) => pipeLog(daemon, raw, { ...query, stream: one })));
  } finally {
    controller.abort();
    raw.end();
  }
}

interface LogPipe {
  name: string;
  stream: 'out' | 'err';
  lines: number;
  isFollowing: boolean;
  signal: AbortSignal;
}

/** Waits while the reader is slow: a log of any length passes through bounded memory. */
async function pipeLog(daemon: Daemon, raw: ServerResponse, pipe: LogPipe): Promise<void> {
  for await (const line of daemon.agents.log(pipe)) {
    if (pipe.signal.aborted) return;
    await writeSlowly(raw, `${JSON.stringify({ stream: pipe.stream, line })}\n`, pipe.signal);
  }
}
