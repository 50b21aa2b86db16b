import { agentOf } from '@dreamnet/os-linker';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { LOG_PARAMETERS, readLogRequest } from './log-request.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { writeSlowly } from './sse.js';

/** An empty line now and then, so that a quiet stream can be told from a dead one, and a reader that has gone is noticed. */
const KEEP_ALIVE_MS = 15_000;

/** What agents wrote. */
export function addLogRoutes(app: FastifyInstance, daemon: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/logs',
      role: 'viewer',
      tag: 'agents',
      summary:
        'What agents wrote, in the order of time, one JSON object a line; all agents when none are named',
      query: ['agents', ...LOG_PARAMETERS],
      answer: (request, reply) => {
        const named = queryValue(request, 'agents');
        const names =
          named === undefined || named === ''
            ? daemon.agents.list().map(({ name }) => name)
            : [...new Set(named.split(','))];
        return sendLogs(daemon, { request, reply, names });
      },
    },
    {
      method: 'GET',
      path: '/api/agents/:name/logs',
      role: 'viewer',
      tag: 'agents',
      summary: 'What the agent wrote, one JSON object a line: {agent, stream, at, level, line}',
      query: LOG_PARAMETERS,
      answer: (request, reply) => sendLogs(daemon, { request, reply, names: [pathValue(request, 'name')] }),
    },
  ]);
}

interface LogExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly names: readonly string[];
}

/** An agent's name stands for its replicas of now; one that is gone has left its log. @throws DN_API_NOT_FOUND */
function idsOf({ agents, views }: Daemon, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    if (agents.isReplicated(name)) return agents.idsOf(name);
    if (!agents.isReplicated(agentOf(name))) views.agent(name);
    return [name];
  });
}

/** Waits while the reader is slow: a log of any length passes through bounded memory. */
async function sendLogs(daemon: Daemon, { request, reply, names }: LogExchange): Promise<void> {
  const { clock, processLogs } = daemon;
  const query = readLogRequest(request, idsOf(daemon, names), clock.now());
  const isFollowing = queryValue(request, 'follow') === 'true';
  reply.hijack();
  const { raw } = reply;
  const controller = new AbortController();
  const { signal } = controller;
  raw.on('close', () => controller.abort());
  raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  if (isFollowing) raw.flushHeaders();
  const keepAlive = () => {
    if (isFollowing && !raw.writableNeedDrain) raw.write('\n');
    timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  };
  let timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  try {
    const entries = isFollowing ? processLogs.followLogs(query, signal) : processLogs.logs(query);
    for await (const entry of entries) {
      if (signal.aborted) return;
      await writeSlowly(raw, `${JSON.stringify(entry)}\n`, signal);
    }
  } finally {
    clock.clearTimeout(timer);
    controller.abort();
    raw.end();
  }
}
